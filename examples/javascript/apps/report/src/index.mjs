import { isoDay } from '@example/dates';
import { title } from '@example/strings';

export const heading = (name, date) => `${title(name)} (${isoDay(date)})`;
