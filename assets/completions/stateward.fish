# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_stateward_global_optspecs
    string join \n map= levels= grace= theme= ascii mouse h/help V/version
end

function __fish_stateward_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_stateward_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_stateward_using_subcommand
    set -l cmd (__fish_stateward_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c stateward -n "__fish_stateward_needs_command" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_needs_command" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_needs_command" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_needs_command" -l theme -d 'Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono' -r -f -a "default\t'The terminal\'s own 16 colours'
light\t'The same, chosen for light backgrounds'
high-contrast\t'Few, strong colours'
mono\t'No colours at all'"
complete -c stateward -n "__fish_stateward_needs_command" -l ascii -d 'Draw with ASCII characters only'
complete -c stateward -n "__fish_stateward_needs_command" -l mouse -d 'Let the mouse select and scroll; it then no longer marks text in most terminals'
complete -c stateward -n "__fish_stateward_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_needs_command" -s V -l version -d 'Print version'
complete -c stateward -n "__fish_stateward_needs_command" -a "ls" -d 'List snapshots'
complete -c stateward -n "__fish_stateward_needs_command" -a "show" -d 'Show everything known of one snapshot'
complete -c stateward -n "__fish_stateward_needs_command" -a "latest" -d 'Print the snapshot to restart from: the newest one proven to be restorable'
complete -c stateward -n "__fish_stateward_needs_command" -a "verify" -d 'Check that snapshots can be restored'
complete -c stateward -n "__fish_stateward_needs_command" -a "watch" -d 'Report changes as they happen, one JSON object a line'
complete -c stateward -n "__fish_stateward_needs_command" -a "jobs" -d 'Show the jobs of running clusters, and how their checkpoints go'
complete -c stateward -n "__fish_stateward_needs_command" -a "completions" -d 'Print a completion script for a shell'
complete -c stateward -n "__fish_stateward_needs_command" -a "man" -d 'Print the manual page'
complete -c stateward -n "__fish_stateward_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l filter -d 'Only snapshots that match, as in the terminal interface: `kind:savepoint age>7d health:!complete`' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand ls" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand show" -l in -d 'Also look in this directory for snapshots that name the same files; may be repeated. Its siblings are always looked at' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand show" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l lineage -d 'The lineage to choose in, by its name or the start of a job id, where there are several' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l kind -d 'Only this sort of snapshot' -r -f -a "checkpoint\t'Checkpoints, externalized or not'
savepoint\t'Savepoints'"
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l explain -d 'Tell on standard error why the others were not chosen'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l depth -d '1: the metadata can be read. 2: every file that it names exists with the right length. 3: every byte can be read' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand verify" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l changes-only -d 'Leave out what is there at the start'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l json -d 'Accepted for symmetry: the output is always JSON'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand completions" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand man" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "ls" -d 'List snapshots'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "show" -d 'Show everything known of one snapshot'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "latest" -d 'Print the snapshot to restart from: the newest one proven to be restorable'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "verify" -d 'Check that snapshots can be restored'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "watch" -d 'Report changes as they happen, one JSON object a line'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "jobs" -d 'Show the jobs of running clusters, and how their checkpoints go'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "man" -d 'Print the manual page'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show latest verify watch jobs completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
