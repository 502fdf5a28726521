import Glibc
import Terminal

struct McpVerb: Verb {
  static let info = VerbInfo(
    "mcp", "how does an assistant ask?",
    discussion: """
      Speaks the Model Context Protocol on standard input and output, for assistants that start it: plan, explain, check, \
      analyze, forecast, simulate, size, train, place, failover, recovery and commit become tools with the same arguments \
      and the same answers as on the command line.

      It is read-only: no tool writes a file, reads standard input, loads a service or widens what a plan may reach \
      (--allow-host and its like stay with people). It ends when its input ends.
      """,
    examples: [
      Example("headroom mcp", "as an assistant starts it: {\"command\": \"headroom\", \"args\": [\"mcp\"]}")
    ], seeAlso: ["plan", "explain"], section: "Help")

  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) { common = try SharedOptions(&a) }

  /// The longest message: a request names files, it does not hold them.
  private static let limit = 16 << 20

  func run() throws -> ExitCode {
    // The conversation keeps its streams to itself: what a verb may read or write besides goes nowhere, or to the error
    // stream.
    let input = dup(STDIN_FILENO)
    let output = dup(STDOUT_FILENO)
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard input >= 0, output >= 0, nothing >= 0 else {
      throw Failure("The conversation cannot begin: \(String(cString: strerror(errno))).", exitCode: .worldFailed)
    }
    dup2(nothing, STDIN_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    if isatty(input) == 1 {
      common.console.note("An assistant starts this and speaks JSON with it, a message a line. End it with Ctrl-D.")
    }
    let session = AssistantSession(Headroom.application)
    let replies = Output.descriptor(output, name: "standard output", isUnbuffered: true)
    var waiting: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(input, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      waiting += chunk[..<count]
      while let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
        take(waiting[..<end], session, replies)
        waiting.removeSubrange(...end)
      }
      if waiting.count > Self.limit {
        throw Failure("A message is longer than \(Self.limit >> 20) MiB.", exitCode: .badInput)
      }
      if replies.isBroken { return .readerLeft }
    }
    take(waiting[...], session, replies)
    return .done
  }

  private func take(_ line: ArraySlice<UInt8>, _ session: AssistantSession, _ replies: Output) {
    guard line.contains(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return }
    guard let answer = line.withUnsafeBytes({ session.answer($0) }) else { return }
    replies.write(String(decoding: answer, as: UTF8.self) + "\n")
  }
}
