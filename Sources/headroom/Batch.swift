import Documents
import Glibc
import Terminal

/// Why one question of a stream was not answered.
struct BatchFault: Error {
  var code: String
  var message: String
  var path: String
}

/// A stream of questions on standard input: one JSON object a line in, one answer a line out, in order. A line that
/// cannot be answered yields its `id` and an `error`, and the stream goes on.
struct Batch<Question: Sendable>: Sendable {
  /// A line that has been read: its `id`, and its question or why it has none.
  fileprivate struct Line: Sendable {
    var id: Node?
    var question: Result<Question, BatchFault>
  }

  let console: Console
  /// Makes a question of a line.
  let read: @Sendable (Node) throws(BatchFault) -> Question

  /// Answers each question as it comes.
  /// - Parameter answer: writes the answer's fields behind the `id`; on a fault nothing of it is kept.
  func run(_ answer: (Question, inout JSONWriter) throws(BatchFault) -> Void) throws -> ExitCode {
    try stream { line in reply(line, by: answer) }
  }

  /// Answers each question as it comes, by a whole JSON object without line ends.
  func runWhole(_ answer: (Question) throws(BatchFault) -> [UInt8]) throws -> ExitCode {
    try stream { line in
      do throws(BatchFault) { write(try answer(try line.question.get())) } catch { write(Self.refusal(line.id, error)) }
    }
  }

  /// Answers the questions that wait over all cores; the answers keep the order of the questions.
  /// - Parameter answer: as for ``run(_:)``.
  func runParallel(_ answer: @escaping @Sendable (Question, inout JSONWriter) -> Void) throws -> ExitCode {
    var waiting: [Line] = []
    return try stream(
      { waiting.append($0) },
      pause: {
        answerAll(waiting, answer)
        waiting = []
      })
  }

  /// The same once all questions have been read.
  /// - Parameter prepare: looks at all of them and says how each is answered.
  func runPooled(
    _ prepare: ([Question]) -> @Sendable (Question, inout JSONWriter) -> Void
  ) throws -> ExitCode {
    var waiting: [Line] = []
    _ = try stream { waiting.append($0) }
    answerAll(waiting, prepare(waiting.compactMap { try? $0.question.get() }))
    return .done
  }

  /// - Parameter pause: what has come in so far has been handed over.
  private func stream(_ take: (Line) -> Void, pause: () -> Void = {}) throws -> ExitCode {
    var reader = NDJSONReader()
    func feed(_ bytes: UnsafeRawBufferPointer, _ number: Int) {
      if let line = line(bytes, number) { take(line) }
    }
    try Input.stream(path: "-") { chunk in
      try reader.feed(chunk) { feed($0, $1) }
      pause()
      console.result.flush()
    }
    try reader.finish { feed($0, $1) }
    pause()
    return .done
  }

  /// - Returns: nil for an empty line.
  private func line(_ bytes: UnsafeRawBufferPointer, _ number: Int) -> Line? {
    if bytes.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { return nil }
    let node: Node
    do throws(Diagnostics) {
      node = try JSON.parse(bytes, file: nil)
    } catch {
      let first = error.all.first
      let help = first?.help.map { "; \($0)" } ?? ""
      return Line(
        question: .failure(
          BatchFault(
            code: "invalid-json", message: "Line \(number) is not JSON: \(first?.message ?? "unreadable")\(help).",
            path: "")))
    }
    do throws(BatchFault) {
      return Line(id: node["id"], question: .success(try read(node)))
    } catch {
      return Line(id: node["id"], question: .failure(error))
    }
  }

  /// A few at a time, so that answers leave while later ones are computed.
  private func answerAll(_ lines: [Line], _ answer: @escaping @Sendable (Question, inout JSONWriter) -> Void) {
    var rest = lines[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(64))
      rest = rest.dropFirst(64)
      for bytes in ParallelMap.map(part.count, { Self.answer(to: part[$0], by: answer) }) { write(bytes) }
      console.result.flush()
    }
  }

  private func reply(_ line: Line, by answer: (Question, inout JSONWriter) throws(BatchFault) -> Void) {
    write(Self.answer(to: line, by: answer))
  }

  private static func answer(
    to line: Line, by answer: (Question, inout JSONWriter) throws(BatchFault) -> Void
  ) -> [UInt8] {
    var writer = JSONWriter(pretty: false)
    var fault: BatchFault?
    writer.object { writer in
      write(line.id, to: &writer)
      do throws(BatchFault) { try answer(try line.question.get(), &writer) } catch { fault = error }
    }
    return fault.map { refusal(line.id, $0) } ?? writer.bytes
  }

  private static func refusal(_ id: Node?, _ fault: BatchFault) -> [UInt8] {
    var writer = JSONWriter(pretty: false)
    writer.object { writer in
      write(id, to: &writer)
      writer.key("error")
      writer.object { writer in
        for (key, value) in [("code", fault.code), ("message", fault.message), ("path", fault.path)] {
          writer.key(key)
          writer.string(value)
        }
      }
    }
    return writer.bytes
  }

  private static func write(_ id: Node?, to writer: inout JSONWriter) {
    writer.key("id")
    if let id { writer.node(id) } else { writer.null() }
  }

  private func write(_ bytes: [UInt8]) {
    console.result.write(bytes: bytes)
    console.result.write("\n")
  }
}

extension Batch<Node> {
  /// Questions that are answered from the line itself.
  init(_ console: Console) { self.init(console: console) { $0 } }
}
