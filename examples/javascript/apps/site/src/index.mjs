import { title } from '@example/strings';

export const page = (name) => `<h1>${title(name)}</h1>`;
