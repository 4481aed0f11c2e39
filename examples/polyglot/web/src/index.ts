import type { Row } from '../../schema/out/record';

export const show = (row: Row): string => `${row.name}: ${row.count}`;
