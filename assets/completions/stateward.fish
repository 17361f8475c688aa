# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_stateward_global_optspecs
    string join \n map= levels= grace= theme= ascii mouse context= flink= flink-ca= flink-cert= flink-key= flink-user= flink-password-file= flink-token-file= flink-timeout= write no-history h/help V/version
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
complete -c stateward -n "__fish_stateward_needs_command" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_needs_command" -l theme -d 'Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono' -r -f -a "default\t'The terminal\'s own 16 colours'
light\t'The same, chosen for light backgrounds'
high-contrast\t'Few, strong colours'
mono\t'No colours at all'"
complete -c stateward -n "__fish_stateward_needs_command" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_needs_command" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_needs_command" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_needs_command" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_needs_command" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_needs_command" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_needs_command" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_needs_command" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_needs_command" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_needs_command" -l ascii -d 'Draw with ASCII characters only; so it is where the locale (LC_ALL, LC_CTYPE, LANG) is not of UTF-8'
complete -c stateward -n "__fish_stateward_needs_command" -l mouse -d 'Let the mouse select and scroll; it then no longer marks text in most terminals'
complete -c stateward -n "__fish_stateward_needs_command" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_needs_command" -l no-history -d 'Keep no history of what is seen in the user\'s state directory; the timeline then knows of this run alone'
complete -c stateward -n "__fish_stateward_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_needs_command" -s V -l version -d 'Print version'
complete -c stateward -n "__fish_stateward_needs_command" -a "ls" -d 'List snapshots'
complete -c stateward -n "__fish_stateward_needs_command" -a "show" -d 'Show everything known of one snapshot'
complete -c stateward -n "__fish_stateward_needs_command" -a "explain" -d 'Explain snapshots in plain sentences: who made each, whose it is, what deletes it, what it needs, what can restore it'
complete -c stateward -n "__fish_stateward_needs_command" -a "latest" -d 'Print the snapshot to restart from: the newest one proven to be restorable'
complete -c stateward -n "__fish_stateward_needs_command" -a "verify" -d 'Check that snapshots can be restored'
complete -c stateward -n "__fish_stateward_needs_command" -a "check" -d 'Look whether all is well, for cron and monitoring; with exit codes of its own'
complete -c stateward -n "__fish_stateward_needs_command" -a "orphans" -d 'Find what no snapshot names, and say whether it may go'
complete -c stateward -n "__fish_stateward_needs_command" -a "mark" -d 'Mark a snapshot for restart: `latest` then gives it, wherever one looks from'
complete -c stateward -n "__fish_stateward_needs_command" -a "unmark" -d 'Remove the mark of a snapshot'
complete -c stateward -n "__fish_stateward_needs_command" -a "marks" -d 'List what is marked for restart'
complete -c stateward -n "__fish_stateward_needs_command" -a "trash" -d 'List what deletions have moved into the trash, put some of it back, or remove it for good'
complete -c stateward -n "__fish_stateward_needs_command" -a "undo" -d 'Undo a deletion: put everything back that it has moved into the trash'
complete -c stateward -n "__fish_stateward_needs_command" -a "resume" -d 'Go on with a deletion, an undoing or a purge that something ended half-way'
complete -c stateward -n "__fish_stateward_needs_command" -a "hold" -d 'Hold a snapshot: nothing here deletes it until it is released'
complete -c stateward -n "__fish_stateward_needs_command" -a "release" -d 'Release a snapshot that is held'
complete -c stateward -n "__fish_stateward_needs_command" -a "holds" -d 'List what is held'
complete -c stateward -n "__fish_stateward_needs_command" -a "watch" -d 'Report changes as they happen, one JSON object a line'
complete -c stateward -n "__fish_stateward_needs_command" -a "history" -d 'Tell what is known to have happened to snapshots while somebody watched'
complete -c stateward -n "__fish_stateward_needs_command" -a "record" -d 'Record what happens into a file, to be looked at again with `replay`'
complete -c stateward -n "__fish_stateward_needs_command" -a "replay" -d 'Look at a recording: move about in time, with nothing behind it that could be changed'
complete -c stateward -n "__fish_stateward_needs_command" -a "jobs" -d 'Show the jobs of running clusters, and how their checkpoints go'
complete -c stateward -n "__fish_stateward_needs_command" -a "trigger" -d 'Let a job take a savepoint or a checkpoint now, and print where it lies'
complete -c stateward -n "__fish_stateward_needs_command" -a "stop" -d 'Stop a job with a savepoint, and print where it lies'
complete -c stateward -n "__fish_stateward_needs_command" -a "cancel" -d 'Cancel a job without a savepoint'
complete -c stateward -n "__fish_stateward_needs_command" -a "restart" -d 'Start a job from a snapshot, and prove that it was restored; or check, or print how to start it elsewhere'
complete -c stateward -n "__fish_stateward_needs_command" -a "delete" -d 'Delete snapshots: into the trash, and never a file that another snapshot names'
complete -c stateward -n "__fish_stateward_needs_command" -a "prune" -d 'Delete what no rule keeps, such as the last 3 and one a day for a week'
complete -c stateward -n "__fish_stateward_needs_command" -a "apply" -d 'Carry out a plan that was saved: what has changed since stays'
complete -c stateward -n "__fish_stateward_needs_command" -a "demo" -d 'Try everything on a simulated Flink, with nothing but this program'
complete -c stateward -n "__fish_stateward_needs_command" -a "config" -d 'Show what is set, and where each value comes from'
complete -c stateward -n "__fish_stateward_needs_command" -a "completions" -d 'Print a completion script for a shell'
complete -c stateward -n "__fish_stateward_needs_command" -a "man" -d 'Print the manual page'
complete -c stateward -n "__fish_stateward_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l filter -d 'Only snapshots that match, as in the terminal interface: `kind:savepoint age>7d health:!complete`' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand ls" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand show" -l in -d 'Also look in this directory for snapshots that name the same files; may be repeated. Its siblings are always looked at' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l what-if -d 'Also say what would be left if this happened to its job, on a copy: nothing happens for real. Several happen one after the other' -r -f -a "subsumed\t'Newer checkpoints push it out, and those before it'
finished\t'The job finishes; stop-with-savepoint is such an end'
cancelled\t'The job is cancelled'
failed\t'The job fails for good'
suspended\t'The `JobManager` stops without a final state'
disposed\t'Flink\'s own disposal of the snapshot: `flink savepoint -d`'"
complete -c stateward -n "__fish_stateward_using_subcommand show" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand show" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand show" -l disposal -d 'Also say what Flink\'s own disposal of it (`flink savepoint -d`) would delete, and whose files these are'
complete -c stateward -n "__fish_stateward_using_subcommand show" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l in -d 'Also look in this directory for snapshots that name the same files; may be repeated. Siblings, the directory of all jobs\' checkpoints where one can be told, and where the clusters write are always looked at' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l for -d 'The release of Flink to restore it with, such as 1.20: settings are then named as they are there. Default: that of the cluster with its job, else the oldest that can have written it' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand explain" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l lineage -d 'The lineage to choose in, by its name or the start of a job id, where there are several' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l kind -d 'Only this sort of snapshot' -r -f -a "checkpoint\t'Checkpoints, externalized or not'
savepoint\t'Savepoints'"
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l ignore-mark -d 'Choose as if nothing were marked for restart'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l explain -d 'Tell on standard error why the others were not chosen'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand latest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l depth -d '1: the metadata can be read. 2: every file that it names exists with the right length. 3: every byte can be read' -r
complete -c stateward -n "__fish_stateward_using_subcommand verify" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand check" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l lineage -d 'Only this lineage, by its name or the start of a job id; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l max-age -d 'CRITICAL when the newest restorable snapshot of a lineage is older' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l warn-age -d 'WARNING when it is older; two thirds of --max-age unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l orphans -d 'WARNING when more bytes than this are named by no snapshot, such as 10G; they are not looked for without' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand check" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand check" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand check" -l prometheus -d 'Print metrics in the text format of Prometheus'
complete -c stateward -n "__fish_stateward_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l grace -d 'How long nothing may have changed before something may go; never less than a day' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l save -d 'With --delete, write the plan to a file, to be carried out later with `apply`, and delete nothing now' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l files-per-second -d 'With --delete, move at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l files -d 'Also list each file'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l all-named -d 'All checkpoint directories whose jobs may have claimed a snapshot of here are named. Without this, no file of shared state may go: nothing here shows that a job elsewhere names it'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l delete -d 'Move what may go into the trash'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l dry-run -d 'With --delete, only say what would go'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l yes -d 'With --delete, do not ask before it is done'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l write -d 'With --delete, allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand orphans" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l note -d 'Why, for whoever comes next' -r
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l even-if-broken -d 'Mark it although it is not proven to be restorable'
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand mark" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand mark" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand unmark" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand unmark" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand unmark" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand unmark" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand marks" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand marks" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand marks" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand marks" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand marks" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand marks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and not __fish_seen_subcommand_from ls restore purge help" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and not __fish_seen_subcommand_from ls restore purge help" -f -a "ls" -d 'List what lies in the trash, since when, and when it may go for good'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and not __fish_seen_subcommand_from ls restore purge help" -f -a "restore" -d 'Put some of what was moved there back; the rest stays'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and not __fish_seen_subcommand_from ls restore purge help" -f -a "purge" -d 'Remove for good what has lain there long enough'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and not __fish_seen_subcommand_from ls restore purge help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from ls" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l plan -d 'The batch that it is in, where there are several of one name' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l gone -d 'A root that other files of it lie in the trash of is gone for good: what is here comes back without them; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l older-than -d 'How long something must have lain there; at least 1d' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l plan -d 'Only this batch' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l in -d 'Also look in this directory for snapshots that name the files; may be repeated. Where was looked when they were deleted is looked in again' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l gone -d 'This directory, which was looked in when it was deleted, is gone for good: nothing there names a file any more; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l confirm -d 'Let the last go that a lineage could be restored from, were it put back, by the word that is named where it stays, \'last of NAME\'; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l yes -d 'Do it without asking'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from purge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List what lies in the trash, since when, and when it may go for good'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from help" -f -a "restore" -d 'Put some of what was moved there back; the rest stays'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from help" -f -a "purge" -d 'Remove for good what has lain there long enough'
complete -c stateward -n "__fish_stateward_using_subcommand trash; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l plan -d 'The deletion to undo, by the id that `trash ls` gives; without, the newest' -r
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l gone -d 'A root that other files of it lie in the trash of is gone for good: what is here comes back without them; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand undo" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand undo" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l in -d 'Also look in this directory for snapshots that name the files; may be repeated. Where was looked before is looked in again' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l gone -d 'This directory, which was looked in when it was deleted, is gone for good: nothing there names a file any more; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l confirm -d 'Go on although a cluster does not answer, by the word that the refusal names, \'silent CLUSTER\'; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand resume" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l why -d 'Why, for whoever comes next' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l for -d 'For how long, such as 30d or 6mo. Without an end it stands until it is released' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l until -d 'Until when, such as 2026-12-31T00:00:00Z' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand hold" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand hold" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand release" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand release" -l all -d 'All holds on it'
complete -c stateward -n "__fish_stateward_using_subcommand release" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand release" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand release" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand holds" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand holds" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand holds" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand holds" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand holds" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand holds" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l changes-only -d 'Leave out what is there at the start'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -l no-history -d 'Keep no history of what is seen in the user\'s state directory'
complete -c stateward -n "__fish_stateward_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand history" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand history" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand history" -l json -d 'Print the events as JSON, one a line'
complete -c stateward -n "__fish_stateward_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand record" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l to -d 'The file to write to, which must not be there yet' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand record" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand record" -l no-metadata -d 'Leave the metadata of snapshots out: the recording then shows when each came and went, and not what it is made of'
complete -c stateward -n "__fish_stateward_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand replay" -l theme -d 'Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono' -r -f -a "default\t'The terminal\'s own 16 colours'
light\t'The same, chosen for light backgrounds'
high-contrast\t'Few, strong colours'
mono\t'No colours at all'"
complete -c stateward -n "__fish_stateward_using_subcommand replay" -l ascii -d 'Draw with ASCII characters only; so it is where the locale (LC_ALL, LC_CTYPE, LANG) is not of UTF-8'
complete -c stateward -n "__fish_stateward_using_subcommand replay" -l mouse -d 'Let the mouse select and scroll; it then no longer marks text in most terminals'
complete -c stateward -n "__fish_stateward_using_subcommand replay" -l list -d 'Print what happened, a line each, in place of the terminal interface'
complete -c stateward -n "__fish_stateward_using_subcommand replay" -l json -d 'Print the events as JSON, one a line, in place of the terminal interface'
complete -c stateward -n "__fish_stateward_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand jobs" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and not __fish_seen_subcommand_from savepoint checkpoint help" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and not __fish_seen_subcommand_from savepoint checkpoint help" -f -a "savepoint" -d 'A savepoint, which stays until somebody deletes it'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and not __fish_seen_subcommand_from savepoint checkpoint help" -f -a "checkpoint" -d 'A checkpoint, which goes as the job\'s others do'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and not __fish_seen_subcommand_from savepoint checkpoint help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l format -d 'Its format: canonical can be read by every state backend, native is faster' -r -f -a "canonical\t'Any state backend can read it'
native\t'The state backend\'s own'"
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l directory -d 'The directory to write it below, as Flink is to see it. Default: the one that is configured there' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l timeout -d 'How long to wait for it' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from savepoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l type -d 'What sort of checkpoint' -r -f -a "configured\t'As the job is configured'
full\t'One that does not build on others'
incremental\t'One that does; releases since 1.19 take none on request'"
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l timeout -d 'How long to wait for it' -r
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from checkpoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from help" -f -a "savepoint" -d 'A savepoint, which stays until somebody deletes it'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from help" -f -a "checkpoint" -d 'A checkpoint, which goes as the job\'s others do'
complete -c stateward -n "__fish_stateward_using_subcommand trigger; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l format -d 'Its format: canonical can be read by every state backend, native is faster' -r -f -a "canonical\t'Any state backend can read it'
native\t'The state backend\'s own'"
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l directory -d 'The directory to write it below, as Flink is to see it. Default: the one that is configured there' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l timeout -d 'How long to wait for it' -r
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l drain -d 'Let event time end too, so that all windows fire: only for a job that shall not go on later'
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand stop" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l confirm -d 'The job\'s name or id once more, to show that it is meant; on a terminal it is asked for' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l timeout -d 'How long to wait for it' -r
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand cancel" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l latest -d 'Take the newest one below these directories that is proven to be restorable' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l lineage -d 'The lineage to choose in, by its name or the start of a job id, where there are several' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l jar -d 'The program: a file to upload, a jar that the cluster holds, by its id or name, or for --print a URI' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l entry-class -d 'The class with main, where the jar does not say it' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l arg -d 'An argument for main; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l parallelism -d 'The parallelism, where the program does not set it' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l claim-mode -d 'Whose the snapshot is then' -r -f -a "no-claim\t'Yours, as before'
claim\t'Flink\'s, which deletes it when it is no longer needed'
legacy\t'Yours, and yet the job builds on its files for as long as it lives; deprecated, for releases before 2.4'"
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l print -d 'Only print how to start it with this launcher; what to know before goes to standard error' -r -f -a "cli\t'`flink run`'
application\t'Application mode'
sql\t'The SQL client'
rest\t'The REST API'
operator\t'The Kubernetes operator'
java\t'The program\'s own main'
all\t'All of them'"
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-version -d 'The release that shall read it, such as 1.20, where no cluster is asked' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l timeout -d 'How long to wait for it' -r
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l allow-non-restored -d 'Drop state that belongs to no operator of the program'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l preflight -d 'Only say what speaks for and against it'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l despite-preflight -d 'Start it even though something speaks against it'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l in -d 'Look in this directory too for snapshots that name the same files; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l save -d 'Write the plan to a file, to be carried out later with `apply`, and delete nothing now' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l confirm -d 'Overrule what only a decision of yours can, by the word that stands below the reason; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l untouched -d 'How long nothing may have changed beside a snapshot whose job nobody knows, at least a day' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l dry-run -d 'Only say what would go, what stays, and why'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l yes -d 'Do not ask before it is done'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l all-named -d 'All checkpoint directories whose jobs may build on a snapshot of here are looked in (--in). Without this, files that jobs may build on go only where --confirm says so: nothing here shows that a job elsewhere names them'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l files -d 'List every file, not only those that stay'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-last -d 'The last N; as with all counts, `unlimited` keeps every one' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-hourly -d 'The newest of each of the last N hours that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-daily -d 'The newest of each of the last N days that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-weekly -d 'The newest of each of the last N weeks, from Monday on, that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-monthly -d 'The newest of each of the last N months that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-yearly -d 'The newest of each of the last N years that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-within -d 'All that completed within this time before the newest one, such as 7d or 1y6mo' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l keep-tag -d 'No rule: what has a name is held' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-last -d 'The last N; as with all counts, `unlimited` keeps every one' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-hourly -d 'The newest of each of the last N hours that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-daily -d 'The newest of each of the last N days that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-weekly -d 'The newest of each of the last N weeks, from Monday on, that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-monthly -d 'The newest of each of the last N months that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-yearly -d 'The newest of each of the last N years that have one; with fewer, the oldest of all too' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-within -d 'All that completed within this time before the newest one, such as 7d or 1y6mo' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l savepoints-keep-tag -d 'No rule: what has a name is held' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l in -d 'Look in this directory too for snapshots that name the same files; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l save -d 'Write the plan to a file, to be carried out later with `apply`, and delete nothing now' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l confirm -d 'Overrule what only a decision of yours can, by the word that stands below the reason; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l untouched -d 'How long nothing may have changed beside a snapshot whose job nobody knows, at least a day' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l dry-run -d 'Only say what would go, what stays, and why'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l yes -d 'Do not ask before it is done'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l all-named -d 'All checkpoint directories whose jobs may build on a snapshot of here are looked in (--in). Without this, files that jobs may build on go only where --confirm says so: nothing here shows that a job elsewhere names them'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l files -d 'List every file, not only those that stay'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l in -d 'Look in this directory too for snapshots that name the same files; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l save -d 'Write the plan to a file, to be carried out later with `apply`, and delete nothing now' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l confirm -d 'Overrule what only a decision of yours can, by the word that stands below the reason; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l untouched -d 'How long nothing may have changed beside a snapshot whose job nobody knows, at least a day' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l files-per-second -d 'Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink -d 'The REST API of a cluster, such as http://jobmanager:8081; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-ca -d 'Certificates of authorities to trust instead of the system\'s, as PEM' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-cert -d 'Our own certificate with its chain, as PEM, for a cluster that asks for one' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-key -d 'The key of our own certificate, where it is not in the same file' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-user -d 'The user\'s name, for a cluster that asks for a password' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-password-file -d 'The file whose first line is the password' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-token-file -d 'The file whose first line is a bearer token; read anew for each request' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l flink-timeout -d 'How long one request may take' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l map -d 'Look for files that metadata names under FROM below TO instead; may be repeated' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l levels -d 'How many levels below a directory to look for snapshots' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l grace -d 'How long a snapshot without metadata counts as in progress after its last change; best the job\'s execution.checkpointing.timeout. 10m unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l dry-run -d 'Only say what would go, what stays, and why'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l yes -d 'Do not ask before it is done'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l all-named -d 'All checkpoint directories whose jobs may build on a snapshot of here are looked in (--in). Without this, files that jobs may build on go only where --confirm says so: nothing here shows that a job elsewhere names them'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l files -d 'List every file, not only those that stay'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l write -d 'Allow changes; without it stateward only reads'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -l json -d 'Print JSON'
complete -c stateward -n "__fish_stateward_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l speed -d 'How much faster than real time runs; the scenario\'s own speed unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l seed -d 'What all names and sizes follow from; the scenario\'s own unless set' -r
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l keep -d 'Play in this directory, which must be new or empty, and leave it when done' -r -F
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l theme -d 'Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono' -r -f -a "default\t'The terminal\'s own 16 colours'
light\t'The same, chosen for light backgrounds'
high-contrast\t'Few, strong colours'
mono\t'No colours at all'"
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l list -d 'List the scenarios instead'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l json -d 'Print the list as JSON'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l paused -d 'Let time stand still at first'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l ascii -d 'Draw with ASCII characters only; so it is where the locale (LC_ALL, LC_CTYPE, LANG) is not of UTF-8'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -l mouse -d 'Let the mouse select and scroll; it then no longer marks text in most terminals'
complete -c stateward -n "__fish_stateward_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stateward -n "__fish_stateward_using_subcommand config; and not __fish_seen_subcommand_from show template path help" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand config; and not __fish_seen_subcommand_from show template path help" -f -a "show" -d 'Show what is in effect'
complete -c stateward -n "__fish_stateward_using_subcommand config; and not __fish_seen_subcommand_from show template path help" -f -a "template" -d 'Print a configuration file with every key in it, as comments'
complete -c stateward -n "__fish_stateward_using_subcommand config; and not __fish_seen_subcommand_from show template path help" -f -a "path" -d 'Print where the configuration file belongs'
complete -c stateward -n "__fish_stateward_using_subcommand config; and not __fish_seen_subcommand_from show template path help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from show" -l context -d 'The context of the configuration file to use' -r
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Say which layer set each value: a line of the file, a variable, or nobody'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, origins included'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from template" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what is in effect'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "template" -d 'Print a configuration file with every key in it, as comments'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the configuration file belongs'
complete -c stateward -n "__fish_stateward_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand completions" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand man" -s h -l help -d 'Print help'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "ls" -d 'List snapshots'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "show" -d 'Show everything known of one snapshot'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "explain" -d 'Explain snapshots in plain sentences: who made each, whose it is, what deletes it, what it needs, what can restore it'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "latest" -d 'Print the snapshot to restart from: the newest one proven to be restorable'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "verify" -d 'Check that snapshots can be restored'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "check" -d 'Look whether all is well, for cron and monitoring; with exit codes of its own'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "orphans" -d 'Find what no snapshot names, and say whether it may go'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "mark" -d 'Mark a snapshot for restart: `latest` then gives it, wherever one looks from'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "unmark" -d 'Remove the mark of a snapshot'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "marks" -d 'List what is marked for restart'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "trash" -d 'List what deletions have moved into the trash, put some of it back, or remove it for good'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "undo" -d 'Undo a deletion: put everything back that it has moved into the trash'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "resume" -d 'Go on with a deletion, an undoing or a purge that something ended half-way'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "hold" -d 'Hold a snapshot: nothing here deletes it until it is released'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "release" -d 'Release a snapshot that is held'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "holds" -d 'List what is held'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "watch" -d 'Report changes as they happen, one JSON object a line'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "history" -d 'Tell what is known to have happened to snapshots while somebody watched'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "record" -d 'Record what happens into a file, to be looked at again with `replay`'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "replay" -d 'Look at a recording: move about in time, with nothing behind it that could be changed'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "jobs" -d 'Show the jobs of running clusters, and how their checkpoints go'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "trigger" -d 'Let a job take a savepoint or a checkpoint now, and print where it lies'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "stop" -d 'Stop a job with a savepoint, and print where it lies'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "cancel" -d 'Cancel a job without a savepoint'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "restart" -d 'Start a job from a snapshot, and prove that it was restored; or check, or print how to start it elsewhere'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "delete" -d 'Delete snapshots: into the trash, and never a file that another snapshot names'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "prune" -d 'Delete what no rule keeps, such as the last 3 and one a day for a week'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "apply" -d 'Carry out a plan that was saved: what has changed since stays'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "demo" -d 'Try everything on a simulated Flink, with nothing but this program'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "config" -d 'Show what is set, and where each value comes from'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "man" -d 'Print the manual page'
complete -c stateward -n "__fish_stateward_using_subcommand help; and not __fish_seen_subcommand_from ls show explain latest verify check orphans mark unmark marks trash undo resume hold release holds watch history record replay jobs trigger stop cancel restart delete prune apply demo config completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from trash" -f -a "ls" -d 'List what lies in the trash, since when, and when it may go for good'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from trash" -f -a "restore" -d 'Put some of what was moved there back; the rest stays'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from trash" -f -a "purge" -d 'Remove for good what has lain there long enough'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from trigger" -f -a "savepoint" -d 'A savepoint, which stays until somebody deletes it'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from trigger" -f -a "checkpoint" -d 'A checkpoint, which goes as the job\'s others do'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show what is in effect'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "template" -d 'Print a configuration file with every key in it, as comments'
complete -c stateward -n "__fish_stateward_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the configuration file belongs'
