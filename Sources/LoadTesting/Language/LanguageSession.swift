import Documents
import Quantities

/// One conversation: questions one behind the other, each with all that was said before.
public struct LanguageSession: Sendable, Equatable {
  public struct Turn: Sendable, Equatable {
    /// What is asked.
    public var text: Text
    /// The most tokens of the answer; nil where the model decides.
    public var outputTokens: Int?
    /// Seconds from the answer before to this question.
    public var pause = 0.0
    public init(_ text: Text, outputTokens: Int? = nil, pause: Double = 0) {
      self.text = text
      self.outputTokens = outputTokens
      self.pause = pause
    }
  }
  /// What is asked: written out, or made as it is sent.
  public enum Text: Sendable, Equatable {
    case words(String)
    /// Messages as JSON, a whole array.
    case messages(String)
    /// So many tokens, of a seed of their own.
    case made(tokens: Int, seed: UInt64)
    /// Blocks by their names, the same text for the same name, and so many tokens in all: what two requests' lists begin
    /// with alike, their prompts do too.
    case blocks([Int], size: Int, tokens: Int)
  }
  public var turns: [Turn]
  /// Seconds from the first session of the data set; nil where it does not say.
  public var time: Double?
  /// The text that stands before everything, shared with others.
  public var prefix: (tokens: Int, group: Int)?

  public init(_ turns: [Turn], time: Double? = nil) {
    self.turns = turns
    self.time = time
  }
  public static func == (a: LanguageSession, b: LanguageSession) -> Bool {
    a.turns == b.turns && a.time == b.time && a.prefix?.tokens == b.prefix?.tokens && a.prefix?.group == b.prefix?.group
  }
}

/// Text of so many tokens that means nothing.
enum SyntheticText {
  /// Common English words, each one token to the usual tokenizers where a space stands before it.
  private static let words = [
    "the", "of", "and", "a", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with",
    "his", "they", "I", "at", "be", "this", "have", "from", "or", "one", "had", "by", "word", "but", "not", "what",
    "all", "were", "we", "when", "your", "can", "said", "there", "use", "an", "each", "which", "she", "do", "how",
    "their", "if", "will", "up", "other", "about", "out", "many", "then", "them", "these", "so", "some", "her",
    "would", "make",
  ]
  /// Appends text that stands as it is inside a JSON string.
  static func append(tokens: Int, seed: UInt64, to bytes: inout [UInt8]) {
    var random = RandomStream(seed: seed)
    for i in 0..<max(0, tokens) {
      if i > 0 || bytes.last != 0x22 { bytes.append(0x20) }
      bytes.append(contentsOf: words[Int(random.next() >> 58)].utf8)
    }
  }
}

extension LanguageSession.Text {
  /// A text as it stands between the quotes of a JSON string.
  private static func insideString(_ text: String) -> ArraySlice<UInt8> {
    var json = JSONWriter()
    json.string(text)
    return json.bytes.dropFirst().dropLast()
  }

  /// Appends what is asked, as the inside of a JSON string.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .words(let text): bytes.append(contentsOf: Self.insideString(text))
    case .messages: break
    case .made(let tokens, let seed): SyntheticText.append(tokens: tokens, seed: seed, to: &bytes)
    case .blocks(let names, let size, let tokens):
      var left = tokens
      for name in names where left > 0 {
        SyntheticText.append(
          tokens: min(size, left), seed: UInt64(bitPattern: Int64(name)) &* 0x9E37_79B9_7F4A_7C15, to: &bytes)
        left -= size
      }
      if left > 0 { SyntheticText.append(tokens: left, seed: UInt64(names.count) ^ 0xABCD, to: &bytes) }
    }
  }
}
