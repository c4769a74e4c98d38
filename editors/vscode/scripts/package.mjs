// Makes dist/coterie-VERSION.vsix: the extension with the server's package in it, so that both fit
// together. The Python of the checkout's .venv builds the package.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import './build.mjs';

const here = path.resolve(import.meta.dirname, '..');
const root = path.resolve(here, '..', '..');
const inside = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
const python = path.join(root, '.venv', inside);
if (!existsSync(python)) {
  throw new Error('there is no .venv with hatchling in it; first run: make test-editors');
}
const { version } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
const show = { cwd: here, stdio: 'inherit' };

rmSync(path.join(here, 'server'), { recursive: true, force: true });
const server = path.join(here, 'server');
mkdirSync(path.join(here, 'dist'), { recursive: true });
execFileSync(python, ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', server], {
  ...show,
  cwd: root,
});
const vsce = path.join(here, 'node_modules', '@vscode', 'vsce', 'vsce');
const target = path.join('dist', `coterie-${version}.vsix`);
execFileSync(
  process.execPath,
  [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', target],
  show,
);
