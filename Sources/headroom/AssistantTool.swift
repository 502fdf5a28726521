import Documents
import Terminal

/// A verb as a tool of the Model Context Protocol: its arguments become a JSON Schema, a call becomes a command line.
///
/// What a tool offers is listed by name: an option that writes a file, reads standard input, widens what a plan may reach
/// or speaks to a service is never offered, nor is one that comes new to a verb until it is listed here.
struct AssistantTool: Sendable {
  /// The words of the verb.
  let path: [String]
  let info: VerbInfo
  let parameters: [VerbParameter]
  /// The forms of the result that may be asked for, the first by default.
  let formats: [String]

  /// The tool's name: the verb's words with underscores.
  var name: String { path.joined(separator: "_") }

  /// What may be asked of each verb.
  static let offered: [(path: String, options: [String])] = [
    ("plan", ["FILE", "tune", "service", "offline", "seed", "now"]),
    ("explain", ["FILE", "NUMBER", "service", "offline", "seed", "now"]),
    (
      "check",
      ["FILE", "offline", "startup", "metric-delay", "capacity", "trough", "peak", "ramp", "safe", "seed", "now"]
    ),
    (
      "analyze",
      [
        "FILE", "step", "time", "value", "series", "only", "sum", "duplicates", "zone", "per-step", "per-second",
        "counter", "gauge", "decimal", "dates", "skip-unreadable",
      ]
    ),
    (
      "forecast",
      [
        "FILE", "step", "every", "horizon", "capacity", "events", "like", "floor", "cap", "backtest", "time", "value",
        "series", "only", "sum", "duplicates", "zone", "per-step", "per-second", "counter", "gauge", "decimal", "dates",
        "skip-unreadable", "seed", "now",
      ]
    ),
    (
      "simulate",
      [
        "FILE", "world", "over", "trace", "time", "value", "futures", "window", "timeout", "attempts", "backoff",
        "retry-budget", "hedge", "deadline", "cancel", "arrival-cv", "service", "offline", "seed", "now",
      ]
    ),
    (
      "size",
      [
        "rate", "replicas", "objective", "balancing", "utilization", "capacity", "service-time", "concurrency",
        "arrival-variability", "service-variability", "llm", "gpu", "input-tokens", "output-tokens",
        "length-variability", "cached-prefix", "tensor-parallel", "pipeline-parallel", "expert-parallel", "weights",
        "kv-cache", "engine", "engine-version", "drafts", "acceptance", "batched-tokens", "sequences", "memory-share",
        "batch-time", "request-time", "maximum-batch", "batch-delay", "preferred-batches", "instances", "curve", "seed",
      ]
    ),
    (
      "train",
      [
        "model", "parameters", "tokens", "on", "machine", "within", "accelerators", "budget", "price", "sequence",
        "global-batch", "precision", "lora", "at-most", "faults", "spot-up", "spot-down", "spot-deadline",
        "no-checkpoints", "seed",
      ]
    ),
    ("place", ["FILE", "time-limit", "gap", "strategy", "compare"]),
    (
      "failover",
      ["FILE", "lose", "at", "kind", "left", "factor", "every", "duration", "routing", "service", "seed", "now"]
    ),
    ("recovery", ["FILE", "service", "seed", "now"]),
    ("commit", ["FILE", "service", "seed", "now"]),
  ]

  /// The tools of a program.
  static func all(of application: Application) -> [AssistantTool] {
    offered.compactMap { path, options in
      let words = path.split(separator: " ").map(String.init)
      guard let (info, parameters) = application.outline(of: words) else { return nil }
      let formats = parameters.first { $0.name == "format" }?.choices ?? ["text"]
      return AssistantTool(
        path: words, info: info, parameters: parameters.filter { options.contains($0.name) },
        formats: ["text", "json", "markdown"].filter(formats.contains))
    }
  }

  /// The key of an argument: the option's name, a positional's in small letters.
  static func key(_ parameter: VerbParameter) -> String {
    parameter.kind == .positional ? parameter.name.lowercased() : parameter.name
  }

  /// The tool as `tools/list` tells it.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.key("name")
      json.string(name)
      json.key("title")
      json.string(info.summary)
      json.key("description")
      json.string(info.discussion.isEmpty ? info.summary : "\(info.summary)\n\n\(info.discussion)")
      json.key("inputSchema")
      json.object { json in
        json.key("type")
        json.string("object")
        json.key("properties")
        json.object { json in
          for parameter in parameters {
            json.key(Self.key(parameter))
            json.object { json in schema(parameter, &json) }
          }
          json.key("format")
          json.object { json in
            json.key("type")
            json.string("string")
            json.key("enum")
            json.array { json in for format in formats { json.string(format) } }
            json.key("description")
            json.string("the form of the answer; text is a summary, json holds everything")
          }
        }
        let required = parameters.filter(\.isRequired)
        if !required.isEmpty {
          json.key("required")
          json.array { json in for parameter in required { json.string(Self.key(parameter)) } }
        }
        json.key("additionalProperties")
        json.bool(false)
      }
      json.key("annotations")
      json.object { json in
        for (key, value) in [
          ("readOnlyHint", true), ("destructiveHint", false), ("idempotentHint", true), ("openWorldHint", false),
        ] {
          json.key(key)
          json.bool(value)
        }
      }
    }
  }

  private func schema(_ parameter: VerbParameter, _ json: inout JSONWriter) {
    func type(_ json: inout JSONWriter) {
      json.key("type")
      if parameter.kind == .flag { return json.string("boolean") }
      // 3 and "3" mean the same to a command line.
      json.array { json in for name in ["string", "number"] { json.string(name) } }
      if !parameter.choices.isEmpty {
        json.key("enum")
        json.array { json in for choice in parameter.choices { json.string(choice) } }
      }
    }
    if parameter.repeats {
      json.key("type")
      json.string("array")
      json.key("items")
      json.object { json in type(&json) }
    } else {
      type(&json)
    }
    json.key("description")
    var words = parameter.help
    if parameter.kind == .option, !parameter.value.isEmpty, parameter.choices.isEmpty {
      words = "\(parameter.value): \(words)"
    }
    if let standard = parameter.standard, !standard.isEmpty { words += " (default: \(standard))" }
    json.string(words)
  }

  /// The command line of a call, or what is wrong with its arguments.
  func words(_ arguments: Node?) -> Result<[String], AssistantFault> {
    var words = path
    var positionals: [String: [String]] = [:]
    var faults: [String] = []
    var format = formats[0]
    for (key, _, value) in arguments?.entries ?? [] {
      if key == "format" {
        guard let text = value.text, formats.contains(text) else {
          faults.append("'format' is one of \(formats.joined(separator: ", "))")
          continue
        }
        format = text
        continue
      }
      guard let parameter = parameters.first(where: { Self.key($0) == key }) else {
        let likely = nearest(key, in: parameters.map(Self.key)).map { "; is '\($0)' meant?" } ?? ""
        faults.append("'\(key)' is no argument of \(name)\(likely)")
        continue
      }
      if value.isNull { continue }
      if parameter.kind == .flag {
        guard let isSet = value.bool else {
          faults.append("'\(key)' is true or false")
          continue
        }
        if isSet { words.append("--\(parameter.name)") }
        continue
      }
      let given = parameter.repeats ? value.elements ?? [value] : [value]
      for element in given {
        guard let text = element.text else {
          faults.append("'\(key)' is a text or a number")
          continue
        }
        // Standard input is the conversation's.
        if text == "-" || text == "/dev/stdin" || text.hasPrefix("/dev/fd/") || text.hasPrefix("/proc/self/fd/") {
          faults.append("'\(key)' is a file: standard input carries this conversation")
          continue
        }
        if parameter.kind == .positional {
          positionals[parameter.name, default: []].append(text)
        } else {
          words.append("--\(parameter.name)=\(text)")
        }
      }
    }
    for parameter in parameters
    where parameter.isRequired && parameter.kind == .positional && positionals[parameter.name] == nil {
      faults.append("'\(Self.key(parameter))' is missing: \(parameter.help)")
    }
    guard faults.isEmpty else { return .failure(AssistantFault(message: faults.joined(separator: "; "))) }
    if format != "text" { words.append("--format=\(format)") }
    words += ["--quiet", "--color=never", "--"]
    for parameter in parameters where parameter.kind == .positional { words += positionals[parameter.name] ?? [] }
    return .success(words)
  }
}

/// What is wrong with a request.
struct AssistantFault: Error, Hashable {
  /// JSON-RPC 2.0's codes: -32700 not JSON, -32600 no request, -32601 no such method, -32602 wrong parameters.
  var code = -32602
  var message: String
}
