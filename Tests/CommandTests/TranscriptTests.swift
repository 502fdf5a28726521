import Documents
import Glibc
import HeadroomTesting
import Testing

/// The pages show what the program prints. A ```console block with `$ ` before its commands and their output below
/// is a transcript: its commands run, one behind the other, in a folder of the page's own that holds the example
/// (`Examples/recommendations`), and what they print must stand below them. A line `...` stands for any lines, `...`
/// within a line for any text. A block without output is only advice and is not run.
///
/// HEADROOM_RECORD=1 writes into the pages what is printed, and keeps their elisions where it can.
@Suite("The pages' transcripts") struct TranscriptTests {
  /// Commands whose output no folder with the example can give. Each must be on its page.
  static let notRun: [(page: String, command: String, reason: String)] = []

  static let pages: [String] = {
    let howTo = TestData.checkout + "/docs/how-to"
    guard let directory = opendir(howTo) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".md") { names.append("docs/how-to/\(name)") }
    }
    return ["README.md", "docs/tutorial.md"] + names.sorted()
  }()

  @Test("print what the pages show", arguments: pages)
  func page(_ page: String) throws {
    let path = "\(TestData.checkout)/\(page)"
    var lines = String(decoding: try Input.read(path: path), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    let transcripts = Transcript.all(in: lines)
    for (_, command, _) in Self.notRun.filter({ $0.page == page }) {
      #expect(
        transcripts.contains { $0.steps.contains { $0.command.hasPrefix(command) } },
        "\(page) shows no '\(command)' any more: take it off the list")
    }
    if transcripts.isEmpty { return }
    let shell = try ExampleShell()
    var shift = 0
    for transcript in transcripts {
      for step in transcript.steps where isRun(step, on: page) {
        let printed = try shell.run(step.command)
        if Elision.matches(printed, step.output) { continue }
        if getenv("HEADROOM_RECORD") == nil {
          Issue.record(
            "\(page):\(step.line): '\(step.command)' prints\n\(printed.joined(separator: "\n"))\nand the page shows\n\(step.output.joined(separator: "\n"))"
          )
          continue
        }
        let first = step.line + shift
        let shown = Elision.kept(from: step.output, in: printed)
        lines.replaceSubrange(first..<first + step.output.count, with: shown)
        shift += shown.count - step.output.count
      }
    }
    if getenv("HEADROOM_RECORD") != nil { try Command.write(lines.joined(separator: "\n"), to: path) }
  }

  /// A step with output must be run, or be on the list; one without is run where it is the program's own.
  func isRun(_ step: Transcript.Step, on page: String) -> Bool {
    if Self.notRun.contains(where: { $0.page == page && step.command.hasPrefix($0.command) }) { return false }
    return !step.output.isEmpty || step.command.hasPrefix("headroom ")
  }

  @Test("there are transcripts to hold to")
  func thereAreTranscripts() throws {
    let shown = try Self.pages.map { page in
      let text = String(decoding: try Input.read(path: "\(TestData.checkout)/\(page)"), as: UTF8.self)
      return Transcript.all(in: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)).count
    }
    #expect(shown.reduce(0, +) >= 3)
  }

  @Test("a block is read as commands with their output")
  func blocks() {
    let page = ["```console", "$ a 1 \\", "    --b", "x", "", "$ c", "y", "```", "```console", "$ only advice", "```"]
    let found = Transcript.all(in: page)
    #expect(found.map { $0.steps.map(\.command) } == [["a 1 --b", "c"]])
    #expect(found.first?.steps.map(\.output) == [["x"], ["y"]])
    #expect(found.first?.steps.map(\.line) == [3, 6])
  }

  @Test("an elision stands for anything, and nothing else is let through")
  func elisions() {
    #expect(Elision.matches(["a", "b", "c"], ["a", "...", "c"]))
    #expect(Elision.matches(["a", "b"], ["a", "..."]))
    #expect(Elision.matches(["a", "b"], ["...", "b"]))
    #expect(Elision.matches(["a", "c"], ["a", "...", "c"]))
    #expect(Elision.matches(["12 of 34 in 5 s"], ["12 of 34 in ... s"]))
    #expect(!Elision.matches(["12 of 35 in 5 s"], ["12 of 34 in ... s"]))
    #expect(!Elision.matches(["a", "b", "c"], ["a", "...", "b"]))
    #expect(!Elision.matches(["a", "b"], ["a"]))
    #expect(!Elision.matches(["a"], ["a", "b"]))
    #expect(!Elision.matches([], ["a"]))
  }

  @Test("recording keeps the elisions of a page and takes the new numbers")
  func recording() {
    let printed = ["head 7", "", "a 1", "b 2", "c 3", "end 9"]
    #expect(Elision.kept(from: ["head 5", "...", "end 8"], in: printed) == ["head 7", "...", "end 9"])
    #expect(Elision.kept(from: ["head 5", "", "..."], in: printed) == ["head 7", "", "..."])
    #expect(
      Elision.kept(from: ["head 5", "...", "b 0", "c 0", "..."], in: printed)
        == ["head 7", "...", "b 2", "c 3", "..."])
    #expect(Elision.kept(from: ["head 5", "...", "gone 0", "..."], in: printed) == printed)
    #expect(Elision.kept(from: ["anything"], in: printed) == printed)
  }
}

/// A console block of a page whose commands have output.
struct Transcript {
  struct Step {
    var command: String
    /// The page's index of the first line of the output.
    var line: Int
    var output: [String]
  }
  var steps: [Step]

  static func all(in lines: [String]) -> [Transcript] {
    var found: [Transcript] = []
    var steps: [Step]?
    var isContinued = false
    for (i, line) in lines.enumerated() {
      guard let open = steps else {
        if line == "```console" { steps = [] }
        continue
      }
      if line == "```" {
        let whole = open.map { $0.trimmed() }
        if whole.contains(where: { !$0.output.isEmpty }) { found.append(Transcript(steps: whole)) }
        steps = nil
      } else if line.hasPrefix("$ ") || isContinued {
        let words = isContinued ? line.drop { $0 == " " } : line.dropFirst(2)
        let part = words.hasSuffix("\\") ? String(words.dropLast()) : String(words)
        if isContinued, let last = open.indices.last {
          steps?[last].command += part
          steps?[last].line = i + 1
        } else {
          steps?.append(Step(command: part, line: i + 1, output: []))
        }
        isContinued = words.hasSuffix("\\")
      } else if let last = open.indices.last {
        steps?[last].output.append(line)
      }
    }
    return found
  }
}

extension Transcript.Step {
  /// Without the empty lines that part it from the next command.
  fileprivate func trimmed() -> Self {
    var copy = self
    while copy.output.last == "" { copy.output.removeLast() }
    return copy
  }
}

/// Lines of a page of which `...` stands for some that are left out.
enum Elision {
  static let mark = "..."

  static func matches(_ printed: [String], _ shown: [String]) -> Bool {
    match(printed[...], shown[...], isRest: { $0 == mark }) { line($0, matches: $1) }
  }

  private static func line(_ printed: String, matches shown: String) -> Bool {
    guard shown.contains(mark) else { return printed == shown }
    var pieces: [Character] = []
    var rest = shown[...]
    // An elision is one character here that no page has.
    while let c = rest.first {
      let isMark = rest.hasPrefix(mark)
      pieces.append(isMark ? "\u{0}" : c)
      rest = rest.dropFirst(isMark ? mark.count : 1)
    }
    return match(Array(printed)[...], pieces[...], isRest: { $0 == "\u{0}" }) { $0 == $1 }
  }

  /// Whether the elements are those of the pattern, in which some stand for any number of elements.
  private static func match<Element>(
    _ elements: ArraySlice<Element>, _ pattern: ArraySlice<Element>, isRest: (Element) -> Bool,
    same: (Element, Element) -> Bool
  ) -> Bool {
    var (e, p) = (elements.startIndex, pattern.startIndex)
    var again: (e: Int, p: Int)?
    while e < elements.endIndex {
      if p < pattern.endIndex, isRest(pattern[p]) {
        again = (e, p)
        p += 1
      } else if p < pattern.endIndex, same(elements[e], pattern[p]) {
        (e, p) = (e + 1, p + 1)
      } else if let mark = again {
        again = (mark.e + 1, mark.p)
        (e, p) = (mark.e + 1, mark.p + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy(isRest)
  }

  /// What a page shows of a new output: as many lines from each place as before. A place between two elisions is found
  /// by its first line's words; where it is found no more, the whole output is shown.
  static func kept(from shown: [String], in printed: [String]) -> [String] {
    let parts = shown.split(separator: mark, omittingEmptySubsequences: false).map(Array.init)
    if parts.count < 2 { return printed }
    var kept: [String] = []
    var next = 0
    for (i, part) in parts.enumerated() {
      if i > 0 { kept.append(mark) }
      guard let head = part.first else { continue }
      var start = next
      if i == parts.count - 1 {
        start = printed.count - part.count
      } else if i > 0 {
        guard let found = printed[next...].firstIndex(where: { words($0) == words(head) }) else { return printed }
        start = found
      }
      guard start >= next, start + part.count <= printed.count else { return printed }
      kept += printed[start..<start + part.count]
      next = start + part.count
    }
    return kept
  }

  private static func words(_ line: String) -> [String] {
    line.split { !$0.isLetter }.map(String.init)
  }
}

/// A shell in a folder with the example, in which `headroom` is the built command.
final class ExampleShell {
  let folder: String
  let programs: String

  init() throws {
    folder = try Command.temporaryFolder()
    programs = try Command.temporaryFolder()
    let example = TestData.checkout + "/Examples/recommendations"
    for name in ["plan.yaml", "traffic.csv"] {
      let text = String(decoding: try Input.read(path: "\(example)/\(name)"), as: UTF8.self)
      try Command.write(text, to: "\(folder)/\(name)")
    }
    symlink(Command.path, "\(programs)/headroom")
  }

  deinit {
    for made in [folder, programs] where made.hasPrefix("/tmp/test-headroom-") {
      _ = try? ChildProcess.run("rm", ["-r", made])
    }
  }

  /// What a command prints on both streams, as a terminal shows it. A pipe is no terminal: there is no progress.
  func run(_ command: String) throws -> [String] {
    let variables = ["PATH=\(programs):/usr/bin:/bin", "HOME=\(folder)", "LANG=C.UTF-8", "COLUMNS=80", "NO_COLOR=1"]
    let result = try ChildProcess.run("env", ["-i", "-C", folder] + variables + ["sh", "-c", command])
    var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
