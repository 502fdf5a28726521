import Documents
import Terminal

/// A conversation in the Model Context Protocol: JSON-RPC 2.0, a message a line (modelcontextprotocol.io, transport stdio).
struct AssistantSession: Sendable {
  /// Revisions of the protocol that differ in nothing that is used here, the newest first.
  static let revisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

  let application: Application
  let tools: [AssistantTool]

  init(_ application: Application) {
    self.application = application
    tools = AssistantTool.all(of: application)
  }

  /// The answer to a line; nil for a notification, which has none.
  func answer(_ line: UnsafeRawBufferPointer) -> [UInt8]? {
    let message: Node
    do throws(Diagnostics) {
      message = try JSON.parse(line, file: nil)
    } catch {
      return reply(nil) { _ throws(AssistantFault) in
        throw AssistantFault(code: -32700, message: "not JSON: \(error.all.first?.message ?? "unreadable")")
      }
    }
    let id = message["id"]
    guard message["jsonrpc"]?.string == "2.0", let method = message["method"]?.string else {
      // An answer to something that was never asked is let go.
      if message["result"] != nil || message["error"] != nil { return nil }
      return reply(id) { _ throws(AssistantFault) in
        throw AssistantFault(code: -32600, message: "no request: it needs \"jsonrpc\": \"2.0\" and a \"method\"")
      }
    }
    guard let id else { return nil }
    return reply(id) { json throws(AssistantFault) in try result(method, message["params"], &json) }
  }

  private func reply(_ id: Node?, _ body: (inout JSONWriter) throws(AssistantFault) -> Void) -> [UInt8] {
    func envelope(_ json: inout JSONWriter) {
      json.key("jsonrpc")
      json.string("2.0")
      json.key("id")
      if let id { json.node(id) } else { json.null() }
    }
    var json = JSONWriter()
    do throws(AssistantFault) {
      try json.object { json throws(AssistantFault) in
        envelope(&json)
        json.key("result")
        try body(&json)
      }
      return json.bytes
    } catch {
      var json = JSONWriter()
      json.object { json in
        envelope(&json)
        json.key("error")
        json.object { json in
          json.key("code")
          json.integer(error.code)
          json.key("message")
          json.string(error.message)
        }
      }
      return json.bytes
    }
  }

  private func result(_ method: String, _ params: Node?, _ json: inout JSONWriter) throws(AssistantFault) {
    switch method {
    case "initialize":
      let asked = params?["protocolVersion"]?.string ?? ""
      json.object { json in
        json.key("protocolVersion")
        json.string(Self.revisions.contains(asked) ? asked : Self.revisions[0])
        json.key("capabilities")
        json.object { json in
          json.key("tools")
          json.object { _ in }
        }
        json.key("serverInfo")
        json.object { json in
          for (key, value) in [
            ("name", application.name), ("title", "Headroom"), ("version", application.version),
          ] {
            json.key(key)
            json.string(value)
          }
        }
        json.key("instructions")
        json.string(
          "\(application.summary) Start with plan on a plan file, or analyze and forecast on a file of traffic; explain "
            + "gives the derivation of any number. Paths are relative to the folder that the server was started in. "
            + "Nothing is written, and no service is loaded.")
      }
    case "ping": json.object { _ in }
    case "tools/list":
      json.object { json in
        json.key("tools")
        json.array { json in for tool in tools { tool.write(to: &json) } }
      }
    case "tools/call":
      let name = params?["name"]?.string ?? ""
      guard let tool = tools.first(where: { $0.name == name }) else {
        let likely = nearest(name, in: tools.map(\.name)).map { "; is '\($0)' meant?" } ?? ""
        throw AssistantFault(message: "no tool is called '\(name)'\(likely)")
      }
      if let arguments = params?["arguments"], !arguments.isNull, arguments.entries == nil {
        throw AssistantFault(message: "'arguments' is an object")
      }
      call(tool, params?["arguments"], &json)
    default: throw AssistantFault(code: -32601, message: "no method '\(method)'")
    }
  }

  /// Runs the verb in memory. That an objective is missed is an answer; what hinders one is an error that the assistant
  /// sees with its remedy.
  private func call(_ tool: AssistantTool, _ arguments: Node?, _ json: inout JSONWriter) {
    var text = ""
    var remarks = ""
    var code = ExitCode.usage
    switch tool.words(arguments) {
    case .failure(let fault): remarks = fault.message
    case .success(let words):
      let out = Output.memory()
      let err = Output.memory()
      code = application.run(
        words, out: out, err: err, environment: Environment(["COLUMNS": "100", "LC_ALL": "C.UTF-8"]))
      text = out.contents
      remarks = err.contents
    }
    let isError = code != .done && code != .objectiveMissed
    json.object { json in
      json.key("content")
      json.array { json in
        for part in [text, remarks] where !part.isEmpty {
          json.object { json in
            json.key("type")
            json.string("text")
            json.key("text")
            json.string(part)
          }
        }
        if code == .objectiveMissed {
          json.object { json in
            json.key("type")
            json.string("text")
            json.key("text")
            json.string("Exit code 2: an objective or a gate is missed.")
          }
        }
      }
      json.key("isError")
      json.bool(isError)
    }
  }
}
