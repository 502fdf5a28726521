import Documents
import Terminal

/// One line of a stream of questions, read but not yet answered, so that many can be answered at once.
struct BatchQuestion<Question: Sendable>: Sendable {
  let id: Node?
  let question: Result<Question, BatchFault>

  /// - Returns: nil for an empty line.
  init?(_ line: UnsafeRawBufferPointer, _ number: Int, read: (Node) throws(BatchFault) -> Question) {
    if line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { return nil }
    do throws(Diagnostics) {
      let node = try JSON.parse(line, file: nil)
      id = node["id"]
      do throws(BatchFault) {
        question = .success(try read(node))
      } catch {
        question = .failure(error)
      }
    } catch {
      id = nil
      let first = error.all.first
      let help = first?.help.map { "; \($0)" } ?? ""
      question = .failure(
        BatchFault(
          code: "invalid-json", message: "Line \(number) is not JSON: \(first?.message ?? "unreadable")\(help).",
          path: ""))
    }
  }

  /// The line that answers it.
  func reply(_ fields: (Question, inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(pretty: false)
    writer.object { writer in
      writer.key("id")
      if let id { writer.node(id) } else { writer.null() }
      switch question {
      case .success(let question): fields(question, &writer)
      case .failure(let fault):
        writer.key("error")
        writer.object { writer in
          writer.key("code")
          writer.string(fault.code)
          writer.key("message")
          writer.string(fault.message)
          writer.key("path")
          writer.string(fault.path)
        }
      }
    }
    return writer.bytes
  }
}
