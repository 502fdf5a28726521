import Documents

/// How a language model's service is asked.
public enum LanguageAPI: String, Sendable, CaseIterable {
  case chat = "openai-chat"
  case completions = "openai-completions"
  case responses = "openai-responses"
  case anthropic
  case ollamaChat = "ollama-chat"
  case ollama
  case kserve
  case tgi

  /// By the last part of a URL's path; nil where it tells nothing.
  public init?(path: String) {
    let path = path.split(separator: "?").first.map(String.init) ?? path
    let known: [(String, LanguageAPI)] = [
      ("/chat/completions", .chat), ("/completions", .completions), ("/responses", .responses),
      ("/messages", .anthropic), ("/api/chat", .ollamaChat), ("/api/generate", .ollama),
    ]
    if let found = known.first(where: { path.hasSuffix($0.0) }) {
      self = found.1
    } else if path.hasSuffix("/generate_stream") {
      // Triton and KServe name the model in the path.
      self = path.contains("/models/") ? .kserve : .tgi
    } else {
      return nil
    }
  }

  /// Where it is asked, for a URL that names only the service.
  public var path: String {
    switch self {
    case .chat: "/v1/chat/completions"
    case .completions: "/v1/completions"
    case .responses: "/v1/responses"
    case .anthropic: "/v1/messages"
    case .ollamaChat: "/api/chat"
    case .ollama: "/api/generate"
    case .kserve: "/v2/models/ensemble/generate_stream"
    case .tgi: "/generate_stream"
    }
  }

  /// The format that its streams are in.
  public var format: StreamFormat {
    switch self {
    case .chat: .openAIChat
    case .completions: .openAICompletions
    case .responses: .openAIResponses
    case .anthropic: .anthropic
    case .ollamaChat, .ollama: .ollama
    case .kserve: .kserve
    case .tgi: .tgi
    }
  }

  /// Whether a request takes messages with their roles; the others take one text.
  public var takesMessages: Bool { [.chat, .responses, .anthropic, .ollamaChat].contains(self) }
  /// Whether a request names its model.
  public var namesModel: Bool { self != .kserve && self != .tgi }

  /// The parts of a request's body before and behind its prompt.
  /// - Parameters:
  ///   - tokens: the most tokens of the answer, where they are limited.
  ///   - extra: further members, as JSON without braces.
  func frame(_ settings: LanguageSettings, tokens: Int?) -> (before: String, behind: String) {
    var json = JSONWriter()
    json.string(settings.model)
    let model = json.text
    let extra = settings.extra.isEmpty ? "" : "," + settings.extra
    var members: [String] = []
    switch self {
    case .chat, .completions:
      members = [#""stream":true"#, #""stream_options":{"include_usage":true}"#]
      if let tokens { members.append("\"max_tokens\":\(tokens)") }
      if settings.ignoresEnd {
        members.append(#""ignore_eos":true"#)
        if let tokens { members.append("\"min_tokens\":\(tokens)") }
      }
      if let temperature = settings.temperature { members.append("\"temperature\":\(temperature)") }
      let key = self == .chat ? "messages" : "prompt"
      return ("{\"model\":\(model),\"\(key)\":", "," + members.joined(separator: ",") + extra + "}")
    case .responses:
      members = [#""stream":true"#]
      if let tokens { members.append("\"max_output_tokens\":\(tokens)") }
      if let temperature = settings.temperature { members.append("\"temperature\":\(temperature)") }
      return ("{\"model\":\(model),\"input\":", "," + members.joined(separator: ",") + extra + "}")
    case .anthropic:
      members = [#""stream":true"#, "\"max_tokens\":\(tokens ?? 1024)"]
      if let temperature = settings.temperature { members.append("\"temperature\":\(temperature)") }
      return ("{\"model\":\(model),\"messages\":", "," + members.joined(separator: ",") + extra + "}")
    case .ollamaChat, .ollama:
      var options: [String] = []
      if let tokens { options.append("\"num_predict\":\(tokens)") }
      if let temperature = settings.temperature { options.append("\"temperature\":\(temperature)") }
      let key = self == .ollamaChat ? "messages" : "prompt"
      return (
        "{\"model\":\(model),\"\(key)\":", ",\"stream\":true,\"options\":{\(options.joined(separator: ","))}\(extra)}"
      )
    case .kserve:
      members = [#""stream":true"#]
      if let tokens { members.append("\"max_tokens\":\(tokens)") }
      if settings.ignoresEnd { members.append(#""ignore_eos":true"#) }
      if let temperature = settings.temperature { members.append("\"temperature\":\(temperature)") }
      return ("{\"text_input\":", ",\"parameters\":{\(members.joined(separator: ","))}\(extra)}")
    case .tgi:
      if let tokens { members.append("\"max_new_tokens\":\(tokens)") }
      if settings.ignoresEnd { members.append(#""ignore_eos_token":true"#) }
      if let temperature = settings.temperature, temperature > 0 { members.append("\"temperature\":\(temperature)") }
      return ("{\"inputs\":", ",\"parameters\":{\(members.joined(separator: ","))}\(extra)}")
    }
  }
}

/// What every request to a language model has in common.
public struct LanguageSettings: Sendable, Hashable {
  public var model: String
  /// Whether the model goes on to the asked length though it has said all it has to say (`ignore_eos`).
  public var ignoresEnd = false
  public var temperature: Double?
  /// Further members of every body: JSON without its braces.
  public var extra = ""
  public init(model: String) { self.model = model }
}
