import Documents

/// How a public benchmark launches its engine on some chips in some months, where that is not the engine's default: read
/// in the benchmark's own scripts.
public struct LaunchRecipe: Hashable, Sendable {
  /// The kind of question that it is of.
  public var mode: String
  public var engine: String
  /// The accelerators, by the beginning of their names; any where empty.
  public var chips: [String]
  /// The months that it is of; without bound where empty.
  public var from: String
  public var until: String
  /// Tokens of a step; 0 as the engine has it.
  public var batchedTokens: Int
  /// Whether a step's tokens are those of one prompt and one of each user, and no fewer than ``batchedTokens``.
  public var fitsOnePrompt: Bool
  /// Decoding steps between two looks at what has come (SGLang's `scheduler-recv-interval`): with few users, and with 16
  /// or more; 1 looks before every step.
  public var pollSteps: Int
  public var pollStepsOfMany: Int
  /// Whether nothing is made ready at the first prompts any more.
  public var isWarm: Bool
  public var source: String

  public init(
    mode: String, engine: String, chips: [String] = [], from: String = "", until: String = "", batchedTokens: Int = 0,
    fitsOnePrompt: Bool = false, pollSteps: Int = 1, pollStepsOfMany: Int = 1, isWarm: Bool = false,
    source: String = ""
  ) {
    self.mode = mode
    self.engine = engine
    self.chips = chips
    self.from = from
    self.until = until
    self.batchedTokens = batchedTokens
    self.fitsOnePrompt = fitsOnePrompt
    self.pollSteps = pollSteps
    self.pollStepsOfMany = pollStepsOfMany
    self.isWarm = isWarm
    self.source = source
  }

  init(_ node: Node) {
    func text(_ key: String) -> String { node[key]?.text ?? "" }
    func count(_ key: String, _ other: Int) -> Int { max(other, min(node[key]?.integer ?? other, 1_000_000)) }
    self.init(
      mode: text("mode"), engine: text("engine"),
      chips: (node["chips"]?.elements ?? []).compactMap { $0.text }, from: text("from"), until: text("until"),
      batchedTokens: count("batched_tokens", 0), fitsOnePrompt: node["fits_one_prompt"]?.bool ?? false,
      pollSteps: count("poll_steps", 1), pollStepsOfMany: count("poll_steps_of_many", 1),
      isWarm: node["warm"]?.bool ?? false, source: text("source"))
  }

  func isOf(_ mode: String, _ engine: String, _ chip: String, _ date: String) -> Bool {
    self.mode == mode && self.engine == engine && (chips.isEmpty || chips.contains { chip.hasPrefix($0) })
      && (from.isEmpty || date >= from) && (until.isEmpty || !date.isEmpty && date.prefix(7) <= until)
  }

  /// Tokens of a step for users of so long prompts; nil as the engine has it.
  public func batchedTokens(users: Int, input: Double) -> Int? {
    guard fitsOnePrompt else { return batchedTokens > 0 ? batchedTokens : nil }
    let fitting = (min(users, 1_000_000) + Int(min(input, 1e7)) + 127) / 64 * 64
    return max(fitting, batchedTokens)
  }

  /// Decoding steps between two looks at what has come, with so many users.
  public func pollSteps(users: Int) -> Int { users >= 16 ? pollStepsOfMany : pollSteps }

  func write(to json: inout JSONWriter) {
    json.object { json in
      for (key, value) in [("mode", mode), ("engine", engine), ("from", from), ("until", until)] where !value.isEmpty {
        json.key(key)
        json.string(value)
      }
      json.key("chips")
      json.array { json in for chip in chips { json.string(chip) } }
      for (key, value) in [
        ("batched_tokens", batchedTokens), ("poll_steps", pollSteps), ("poll_steps_of_many", pollStepsOfMany),
      ] {
        json.key(key)
        json.integer(value)
      }
      for (key, value) in [("fits_one_prompt", fitsOnePrompt), ("warm", isWarm)] {
        json.key(key)
        json.bool(value)
      }
      json.key("source")
      json.string(source)
    }
  }
}
