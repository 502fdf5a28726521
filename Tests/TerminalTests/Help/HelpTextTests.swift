import Terminal
import Testing

@Suite struct HelpTextTests {
  @Test("shows the program by examples first, then verbs by what they answer")
  func program() {
    #expect(
      SampleProgram.run(line: "--help").out == """
        sample 1.2: how many of what, and when

        Examples:
          sample plan plan.yaml
              the whole plan
          sample load http://localhost:8080 --rate 120/s
              what the service does at 120 requests a second

        Usage: sample VERB [options]

        Planning:
          plan    how much of what, where, when, at what cost?

        Load:
          load    what does the real service do?

        Scaling:
          replay  what would this policy have decided?
          echo    what was said?

        Options:
          -h, --help                show this, or the help of a verb
              --version             show the version
              --generate-completion-script SHELL
                                    completion for bash, zsh or fish
              --generate-man        the manual page

        See 'sample help VERB' for one verb.

        """)
  }

  @Test("shows a verb")
  func verb() {
    #expect(
      SampleProgram.run(line: "plan --help").out == """
        sample plan: how much of what, where, when, at what cost?

        Examples:
          sample plan plan.yaml         the plan as text
          sample plan plan.yaml --json  the same for a program

        Usage: sample plan FILE [options]

        Reads a plan file and answers in one page. Every number can be explained.

        Arguments:
          FILE                      the plan file

        Options:
          -b, --batch               one JSON question a line on stdin, one answer a line
                                    on stdout
          -H, --headroom FRACTION   spare capacity above the peak (default: 0.3)
              --posture POSTURE     how the standby waits (hot, warm, cold; default:
                                    warm)
              --allow-host HOST     a host that load may be sent to (may be repeated)
              --shift DAYS          days to move the horizon by
              --wait, --no-wait     wait for the service (default: --wait)

        Common options:
              --format FORMAT       the form of the result (text, json, csv; default:
                                    text)
              --json                the same as --format json
          -o, --output FILE         write the result to FILE instead of standard output
              --seed NUMBER         what random numbers start from; same seed, same
                                    bytes (default: 1)
              --now TIME            take TIME for now, such as 2026-07-01T00:00Z
          -q, --quiet               no progress and no notes; warnings and errors still
                                    appear
              --color WHEN          when to colour; NO_COLOR is honoured (auto, always,
                                    never; default: auto)
          -h, --help                show this

        See also 'sample help load saturation', 'sample help replay'.

        """)
  }

  @Test("shows a verb that has verbs under it")
  func group() {
    #expect(
      SampleProgram.run(line: "help load").out == """
        sample load: what does the real service do?

        Usage: sample load [VERB] URL --rate RATE [options]

        Load:
          saturation  at which rate does the service tip over?

        Arguments:
          URL                       the service

        Options:
              --rate RATE           requests a second (required)
          -h, --help                show this

        """)
  }

  @Test(
    "is the same by every door", arguments: ["plan -h", "help plan", "plan f --help", "plan --hedroom -h", "plan -qh"])
  func doors(line: String) {
    let end = SampleProgram.run(line: line)
    #expect(end.out == SampleProgram.run(line: "plan --help").out)
    #expect(end.code == .done)
    #expect(end.err.isEmpty)
  }

  @Test("answers a word that needs a verb with its verbs", arguments: ["replay", "replay -h", "help replay"])
  func groupWithoutVerb(line: String) {
    #expect(SampleProgram.run(line: line).out.contains("\n  hpa  what would this HPA have decided?\n"))
  }

  @Test("answers no word at all with the program's help")
  func nothing() {
    #expect(SampleProgram.run([]).out == SampleProgram.run(["--help"]).out)
    #expect(SampleProgram.run(["help"]).out == SampleProgram.run(["--help"]).out)
    #expect(SampleProgram.run(["-h"]).out == SampleProgram.run(["--help"]).out)
  }

  @Test("is text for a file, not help, after two dashes")
  func afterDashes() {
    #expect(SampleProgram.run(line: "plan -- --help").out.hasPrefix("--help 0.3"))
  }

  @Test("keeps to the width of the terminal", arguments: [40, 60, 100, 300])
  func width(columns: Int) {
    let environment = Environment(["COLUMNS": "\(columns)"])
    let text = SampleProgram.run(["plan", "--help"], environment: environment).out
    let widest = text.split { $0 == "\n" }.map { DisplayWidth.of($0) }.max() ?? 0
    #expect(widest <= min(100, columns))
  }

  @Test("is coloured only where asked")
  func color() {
    let colored = SampleProgram.run(["plan", "--help"], environment: Environment(["CLICOLOR_FORCE": "1"])).out
    #expect(colored.hasPrefix("\u{1B}[1msample plan\u{1B}[0m: how much"))
    #expect(DisplayWidth.withoutColor(colored) == SampleProgram.run(line: "plan --help").out)
  }
}
