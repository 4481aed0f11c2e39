import { unreachable } from '@velocity/core';

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

/** A script that completes the first word after `velocity`: commands; tasks come from the files of the workspace at hand. */
export function completionScript(shell: Shell, commands: readonly string[]): string {
  const words = commands.join(' ');
  switch (shell) {
    case 'bash':
      return `_velocity() {\n  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${words}" -- "\${COMP_WORDS[1]}")); fi\n}\ncomplete -o default -F _velocity velocity\n`;
    case 'zsh':
      return `#compdef velocity\n_velocity() { _arguments '1:command:(${words})' '*::arg:_files' }\ncompdef _velocity velocity\n`;
    case 'fish':
      return `complete -c velocity -n __fish_use_subcommand -f -a "${words}"\n`;
    case 'powershell':
      return `Register-ArgumentCompleter -Native -CommandName velocity -ScriptBlock {\n  param($word)\n  ${commands.map((word) => `'${word}'`).join(', ')} | Where-Object { $_ -like "$word*" }\n}\n`;
    default:
      return unreachable(shell);
  }
}
