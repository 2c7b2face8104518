#!/bin/sh
# Puts the program of this folder into your desktop's menu and lets it open its files; --remove takes that back. Nothing needs root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
name=visemesync-preview
files=$(cd "$here/share" && find applications mime icons -type f)
if [ "${1:-}" = "--remove" ]; then
    for file in $files; do rm -f "$data/$file"; done
    said="VisemeSync Preview is out of the menu. Your settings and projects are where they were."
else
    for file in $files; do
        mkdir -p "$data/$(dirname "$file")"
        cp "$here/share/$file" "$data/$file"
    done
    # a path with spaces is quoted in Exec, as the Desktop Entry Specification says; TryExec never is
    sed -i -e "s|^Exec=$name|Exec=\"$here/$name\"|" -e "s|^TryExec=.*|TryExec=$here/$name|" "$data/applications/$name.desktop"
    said="VisemeSync Preview is in the menu. Run this again when you have moved the folder, or with --remove to take it out."
fi
for command in "update-desktop-database $data/applications" "update-mime-database $data/mime" "gtk-update-icon-cache -qtf $data/icons/hicolor"; do
    if command -v "${command%% *}" >/dev/null; then $command >/dev/null 2>&1 || true; fi
done
echo "$said"
