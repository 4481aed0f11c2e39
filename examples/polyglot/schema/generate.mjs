// Writes the same record type for each language.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const fields = Object.entries(JSON.parse(readFileSync('fields.json', 'utf8')));
const rust = { string: 'String', number: 'f64' };
const python = { string: 'str', number: 'float' };
mkdirSync('out', { recursive: true });
writeFileSync('out/record.ts', `export interface Row {\n${fields.map(([name, type]) => `  ${name}: ${type};`).join('\n')}\n}\n`);
writeFileSync('out/record.py', `FIELDS = {${fields.map(([name, type]) => `"${name}": ${python[type]}`).join(', ')}}\n`);
writeFileSync('out/record.rs', `pub struct Row {\n${fields.map(([name, type]) => `    pub ${name}: ${rust[type]},`).join('\n')}\n}\n`);
console.log(`generated ${fields.length} fields for 3 languages`);
