import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    /// The scripts that shells load, in the shells themselves.
    @Suite(.serialized) struct CompletionTests {
        private static func run(_ script: String) async throws -> String {
            try await withTemporaryFolder { folder in
                let programs = URL(fileURLWithPath: try BuiltProgram.photoctl).deletingLastPathComponent().path
                let path = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
                let outcome = try await Shell.run(
                    script, environment: ["PATH": path, "TERM": "dumb", "HOME": folder], folder: folder,
                    within: .seconds(60))
                #expect(outcome.status == 0, "\(outcome)")
                return outcome.output
            }
        }

        @Test func `bash completes commands, options and files`() async throws {
            let output = try await Self.run(
                #"""
                photoctl --generate-completion-script bash >script
                touch holiday.jpg
                cat >asks <<'ASKS'
                source ./script
                complete -p photoctl
                ask() {
                    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
                    COMPREPLY=()
                    _photoctl "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
                    printf '%s: %s\n' "$*" "$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')"
                }
                ask photoctl dis
                ask photoctl albums r
                ask photoctl photos list --key
                ask photoctl photos upload hol
                ASKS
                bash --norc asks
                """#)
            #expect(output.contains("-F _photoctl photoctl"))
            #expect(output.contains("photoctl dis: displays \n"), "\(output)")
            #expect(output.contains("photoctl albums r: remove rename rule \n"))
            #expect(output.contains("photoctl photos list --key: --keyword \n"))
            #expect(output.contains("photoctl photos upload hol: holiday.jpg \n"))
        }

        @Test func `fish completes commands and options`() async throws {
            let output = try await Self.run(
                """
                photoctl --generate-completion-script fish >script
                fish --no-config -c 'source script; complete -C "photoctl dis"; complete -C "photoctl albums ren"
                    complete -C "photoctl photos list --key"'
                """)
            #expect(output.contains("displays\tSee what displays show"), "\(output)")
            #expect(output.contains("rename\t"))
            #expect(output.contains("--keyword\t"))
        }

        @Test func `zsh completes a command as somebody types`() async throws {
            let output = try await Self.run(
                #"""
                mkdir functions
                photoctl --generate-completion-script zsh >functions/_photoctl
                cat >asks <<'ASKS'
                zmodload zsh/zpty
                zpty -b shell zsh -f -i
                wait_for() {
                    local chunk out=
                    repeat 400; do
                        while zpty -r -t shell chunk; do out+=$chunk; done
                        [[ $out = *$1* ]] && { print "seen: $1"; return }
                        sleep 0.05
                    done
                    print -r -- "not seen: $1 in $out"
                }
                zpty -w shell "fpath=($PWD/functions \$fpath); autoload -U compinit; compinit -u -D; print IS''READY"
                wait_for ISREADY
                zpty -w -n shell $'photoctl albums ren\t'
                wait_for 'albums rename'
                zpty -d shell
                ASKS
                zsh -f asks
                """#)
            #expect(output.contains("seen: ISREADY\nseen: albums rename"), "\(output)")
        }
    }

    @Suite(.serialized) struct ManualTests {
        @Test func `manual pages are made of the programs' own help, in order, and have every command`() async throws {
            try await withTemporaryFolder { folder in
                let programs = URL(fileURLWithPath: try BuiltProgram.photoctl).deletingLastPathComponent().path
                let made = try await Shell.run(
                    """
                    set -e
                    '\(PackageFolder.path)/scripts/man' pages
                    mandoc -Tlint -Wwarning pages/*.1
                    for page in pages/*.1; do
                        MANWIDTH=1000 man --warnings --encoding=UTF-8 --local-file "$page"
                    done
                    """, environment: ["VITRINE_BUILT": programs, "LC_ALL": "C.UTF-8"], folder: folder)
                #expect(made.status == 0, "\(made)")
                #expect(made.errors.isEmpty, "\(made.errors)")
                for command in try await CommandTree.leaves() {
                    #expect(made.output.contains(command), "\(command) is in no page")
                }
                #expect(made.output.contains("PHOTOCTL_TOKEN"))
                #expect(made.output.contains("--etcd-listen"))
            }
        }
    }
}
