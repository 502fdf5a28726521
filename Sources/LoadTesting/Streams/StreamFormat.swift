/// How a service writes a stream of tokens.
public enum StreamFormat: UInt8, Sendable, CaseIterable {
  /// `choices[].delta`: OpenAI's Chat Completions, and what vLLM, SGLang, TGI, llama.cpp and gateways make of it.
  case openAIChat
  /// `choices[].text`: OpenAI's Completions.
  case openAICompletions
  /// `type: response.*.delta`: OpenAI's Responses.
  case openAIResponses
  /// `type: content_block_delta`: Anthropic's Messages.
  case anthropic
  /// `response` or `message` with `done`, a JSON object a line: Ollama's generate and chat.
  case ollama
  /// `text_output`: the generate extension of Triton and KServe (`generate_stream`).
  case kserve
  /// `token.text`: the native stream of Text Generation Inference (`/generate_stream`).
  case tgi
  /// None of these: every event brings a token, but for `[DONE]`.
  case events

  /// The word for it on the command line and in results.
  public var word: String {
    switch self {
    case .openAIChat: "openai-chat"
    case .openAICompletions: "openai-completions"
    case .openAIResponses: "openai-responses"
    case .anthropic: "anthropic"
    case .ollama: "ollama"
    case .kserve: "kserve"
    case .tgi: "tgi"
    case .events: "events"
    }
  }
  public init?(word: String) {
    let aliases = ["openai": StreamFormat.openAIChat, "chat": .openAIChat, "completions": .openAICompletions]
    guard
      let found = Self.allCases.first(where: { $0.word == word }) ?? aliases[word] ?? (word == "triton" ? .kserve : nil)
    else { return nil }
    self = found
  }

  /// Whether a whole stream says that it has ended: by `[DONE]`, a reason for finishing, or an event of its own. The
  /// others end with their answer.
  var hasEndMark: Bool { self != .kserve && self != .events }
}

/// Why an answer that came whole, with a status below 400, is a failure all the same.
public enum StreamFailure: UInt8, Sendable, CaseIterable {
  /// An event of the stream, or the answer's body, says that something went wrong.
  case error
  /// The stream ended without a token.
  case empty
  /// The stream ended without saying that it was complete.
  case unfinished
  /// A stream was asked for, and what came is none.
  case notAStream
}
