import Documents
import Glibc
import Terminal

/// Why one question of a stream was not answered.
struct BatchFault: Error {
  var code: String
  var message: String
  var path: String
}

/// A stream of questions: one JSON object a line in, one answer a line out, in order, each with its question's
/// `id`. A line that cannot be answered yields an error and the stream goes on.
enum Batch {
  /// - Parameter answer: writes the answer's fields behind the `id`; on a fault nothing of it is kept.
  static func run(_ console: Console, answer: (Node, inout JSONWriter) throws(BatchFault) -> Void) throws -> ExitCode {
    try lines(console) { (node) throws(BatchFault) in
      var writer = JSONWriter(pretty: false)
      var fault: BatchFault?
      writer.object { writer in
        writeID(node["id"], &writer)
        do throws(BatchFault) { try answer(node, &writer) } catch { fault = error }
      }
      if let fault { throw fault }
      return writer.bytes
    }
  }

  /// The same with answers that are whole JSON objects.
  static func lines(_ console: Console, answer: (Node) throws(BatchFault) -> [UInt8]) throws -> ExitCode {
    var reader = NDJSONReader()
    func reply(_ line: UnsafeRawBufferPointer, _ number: Int) {
      if line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { return }
      var id: Node?
      do throws(BatchFault) {
        let node: Node
        do throws(Diagnostics) {
          node = try JSON.parse(line, file: nil)
        } catch {
          let first = error.all.first
          throw BatchFault(
            code: "invalid-json",
            message:
              "Line \(number) is not JSON: \(first?.message ?? "unreadable")\(first?.help.map { "; \($0)" } ?? "").",
            path: "")
        }
        id = node["id"]
        console.result.write(bytes: try answer(node))
      } catch {
        var writer = JSONWriter(pretty: false)
        writer.object { writer in
          writeID(id, &writer)
          writer.key("error")
          writer.object { writer in
            writer.key("code")
            writer.string(error.code)
            writer.key("message")
            writer.string(error.message)
            writer.key("path")
            writer.string(error.path)
          }
        }
        console.result.write(bytes: writer.bytes)
      }
      console.result.write("\n")
    }
    try Input.stream(path: "-") { chunk in
      try reader.feed(chunk) { reply($0, $1) }
      console.result.flush()
    }
    try reader.finish { reply($0, $1) }
    return .done
  }

  private static func writeID(_ id: Node?, _ writer: inout JSONWriter) {
    writer.key("id")
    if let id { writer.node(id) } else { writer.null() }
  }
}
