# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_envlock_global_optspecs
    string join \n json q/quiet v/verbose color= h/help V/version
end

function __fish_envlock_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_envlock_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_envlock_using_subcommand
    set -l cmd (__fish_envlock_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c envlock -n "__fish_envlock_needs_command" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_needs_command" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_needs_command" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_needs_command" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_needs_command" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_needs_command" -s V -l version -d 'Print version'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "convert" -d 'Find the closest linux-64 environment; write lock and Dockerfile'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "check" -d 'Tell whether environment files, locks and Dockerfiles still match'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "diff" -d 'Tell what differs between two locks, or since a git revision'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "explain" -d 'Tell why a package is in the lock, and why in this version'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "graph" -d 'Draw what needs what in a lock: a tree, for Mermaid or Graphviz'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "install" -d 'Install a lock into a prefix on linux-64'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "render" -d 'Write the Dockerfile of a lock from the lock alone'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "update" -d 'Move packages of a lock, or the digests of its images'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "completions" -d 'Print the script that completes envlock\'s commands in a shell'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "schema" -d 'Print the JSON schema of envlock.toml, or of what --json prints'
complete -c envlock -n "__fish_envlock_needs_command" -f -a "man" -d 'Write the manual pages of envlock and its commands into a directory'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l from-env -d 'Convert an installed environment: of a name or directory, or the active one' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -s o -l output-dir -d 'Where to write; made if it isn\'t there [default: beside the environment file]' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l report -d 'Write a page that shows what was done, too: changes, graph, sizes and Dockerfile' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l base-image -d 'The image to build on: micromamba, miniforge, jupyter, debian, ubuntu, cuda, or any other' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l installer -d 'What installs the packages' -r -f -a "own\t''
micromamba\t''
envlock\t''"
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l installer-image -d 'The image of the stage that installs the packages [default: mambaorg/micromamba:2.6.1]' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l layers -d 'Install the conda packages in up to N layers, so that an update fetches less' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l env-file -d 'The file of variables that containers are started with; none of them gets into the image' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l insecure-registry -d 'A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -s c -l channel -d 'A channel, the most important first: name, URL or directory' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l channel-priority -d 'Which channel\'s records count: strict, flexible or disabled [default: strict]' -r -f -a "strict\t''
flexible\t''
disabled\t''"
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l python -d 'Convert to another minor version of Python than the file\'s, such as 3.9' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l prefer -d 'What comes first where not everything can be had: packages or versions [default: packages]' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l as-of -d 'Prefer packages built by then: a day (2018-12-31), a moment, an age or `latest` [default: inferred]' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l virtual-package -d 'What the machine offers that will run the image: __cuda=12.4' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l timeout -d 'How long to search for a closer environment, in seconds [default: 60]' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l pypi-name -d 'What a conda package is called on PyPI, where that is another name: pytorch=torch' -r
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l force -d 'Overwrite a lock or Dockerfile that envlock didn\'t write, or a lock of another environment file'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l forget -d 'Forget the options that the lock keeps, such as the channels; how the image is made stays'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l bake -d 'Write a docker-bake.json, too, with which `docker buildx bake` builds all images'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l no-pyc -d 'Leave the modules of packages uncompiled: a smaller image that starts programs more slowly'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l pyc -d 'Compile the modules of packages again'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l jupyter -d 'Start a Jupyter server, which asks for its token'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l no-jupyter -d 'Start no Jupyter server any more'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l compose -d 'Write a compose.yaml, too, so that `docker compose up` builds and starts it'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l no-compose -d 'Write no compose.yaml any more'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l offline -d 'Use only what is cached and what is on this disk'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l no-config -d 'Leave the files of conda, micromamba, pixi and curl on this machine unread'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l no-pip -d 'Leave the pip section out'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l prefer-conda -d 'Where a pip line contradicts conda, drop the pip line'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l prefer-pip -d 'Where a pip line contradicts conda, let pip install its version over conda\'s'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l skip-unlockable -d 'Leave out pip lines that can\'t be locked, such as `-e .`'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l allow-build -d 'Build packages here where only that tells what they need; it runs their code'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c envlock -n "__fish_envlock_using_subcommand check" -l format -d 'How to print what isn\'t fresh: text, json, or github for annotations' -r -f -a "text\t'A line each, and the commands that mend it'
json\t'One document'
github\t'Annotations of GitHub\'s workflows'"
complete -c envlock -n "__fish_envlock_using_subcommand check" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand check" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand check" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand check" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand check" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand diff" -l git -d 'Compare with the lock as it was in a revision, or between two: REV..REV, or REV...REV since the commit that both have in common' -r
complete -c envlock -n "__fish_envlock_using_subcommand diff" -l format -d 'How to print it: text, markdown, html or json' -r -f -a "text\t'For a terminal'
markdown\t'For the description of a pull request'
html\t'A page to look at, which asks no server for anything'
json\t'One document'"
complete -c envlock -n "__fish_envlock_using_subcommand diff" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand diff" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand diff" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand diff" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand diff" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand explain" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand explain" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand explain" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand explain" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand explain" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand graph" -l lock -d 'The same' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand graph" -l format -d 'How to draw it: text, mermaid, dot or json' -r -f -a "text\t'A tree for a terminal'
mermaid\t'A flowchart of Mermaid'
dot\t'The language of Graphviz'
json\t'One document'"
complete -c envlock -n "__fish_envlock_using_subcommand graph" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand graph" -l all -d 'Draw all packages, not only those that people use'
complete -c envlock -n "__fish_envlock_using_subcommand graph" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand graph" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand graph" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand graph" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand install" -s p -l prefix -d 'The directory of the environment; made if it isn\'t there' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand install" -l timeout -d 'How long a server may send nothing, in seconds [default: 60]' -r
complete -c envlock -n "__fish_envlock_using_subcommand install" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand install" -l offline -d 'Use only packages that are cached or on this disk'
complete -c envlock -n "__fish_envlock_using_subcommand install" -l no-config -d 'Leave the files of conda, micromamba, pixi and curl on this machine unread (.condarc, config.toml, credentials)'
complete -c envlock -n "__fish_envlock_using_subcommand install" -l run-link-scripts -d 'Let packages run their scripts (post-link, pre-unlink) as you, once they are linked and before they go'
complete -c envlock -n "__fish_envlock_using_subcommand install" -l allow-build -d 'Build what the lock has as source for pip; it runs code of these packages as you'
complete -c envlock -n "__fish_envlock_using_subcommand install" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand install" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand install" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c envlock -n "__fish_envlock_using_subcommand render" -s o -l output-dir -d 'Where to write; made if it isn\'t there [default: beside the lock]' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand render" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand render" -l force -d 'Overwrite a Dockerfile or compose.yaml that envlock didn\'t write, or that belongs to another lock'
complete -c envlock -n "__fish_envlock_using_subcommand render" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand render" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand render" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand render" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand update" -s f -l file -d 'A lock, its environment file, its directory, or an envlock.toml [default: as for check]' -r -F
complete -c envlock -n "__fish_envlock_using_subcommand update" -l insecure-registry -d 'A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -s c -l channel -d 'A channel, the most important first: name, URL or directory' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l channel-priority -d 'Which channel\'s records count: strict, flexible or disabled [default: strict]' -r -f -a "strict\t''
flexible\t''
disabled\t''"
complete -c envlock -n "__fish_envlock_using_subcommand update" -l python -d 'Convert to another minor version of Python than the file\'s, such as 3.9' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l prefer -d 'What comes first where not everything can be had: packages or versions [default: packages]' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l as-of -d 'Prefer packages built by then: a day (2018-12-31), a moment, an age or `latest` [default: inferred]' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l virtual-package -d 'What the machine offers that will run the image: __cuda=12.4' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l timeout -d 'How long to search for a closer environment, in seconds [default: 60]' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l pypi-name -d 'What a conda package is called on PyPI, where that is another name: pytorch=torch' -r
complete -c envlock -n "__fish_envlock_using_subcommand update" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand update" -l base-image -d 'Ask the registries again for the digests of the images; no package moves'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l base-image-from-dockerfile -d 'Take the base image that a bot has put into the Dockerfile into the lock, once its registry has it; no package moves'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l dry-run -d 'Tell what would change, and write nothing'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l force -d 'Overwrite a Dockerfile or compose.yaml that envlock didn\'t write'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l offline -d 'Use only what is cached and what is on this disk'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l no-config -d 'Leave the files of conda, micromamba, pixi and curl on this machine unread'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l no-pip -d 'Leave the pip section out'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l prefer-conda -d 'Where a pip line contradicts conda, drop the pip line'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l prefer-pip -d 'Where a pip line contradicts conda, let pip install its version over conda\'s'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l skip-unlockable -d 'Leave out pip lines that can\'t be locked, such as `-e .`'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l allow-build -d 'Build packages here where only that tells what they need; it runs their code'
complete -c envlock -n "__fish_envlock_using_subcommand update" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand update" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand update" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c envlock -n "__fish_envlock_using_subcommand completions" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand completions" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand completions" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand completions" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand completions" -s h -l help -d 'Print help'
complete -c envlock -n "__fish_envlock_using_subcommand schema" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand schema" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand schema" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand schema" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c envlock -n "__fish_envlock_using_subcommand man" -l color -d 'When to use colours: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c envlock -n "__fish_envlock_using_subcommand man" -l json -d 'Print the report as JSON on stdout'
complete -c envlock -n "__fish_envlock_using_subcommand man" -s q -l quiet -d 'Print errors only'
complete -c envlock -n "__fish_envlock_using_subcommand man" -s v -l verbose -d 'Name every package, not only what moved and went; -vv also draws the conflicts'
complete -c envlock -n "__fish_envlock_using_subcommand man" -s h -l help -d 'Print help'
