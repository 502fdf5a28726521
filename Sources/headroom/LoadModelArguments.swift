import Connecting
import Documents
import LoadTesting
import Quantities
import Terminal

extension LanguageAPI: ArgumentValue {}

extension LanguageDataset.Format: ArgumentValue {}

/// How long something is: the words of `--input-tokens`.
struct LengthArgument: ArgumentValue {
  let distribution: LengthDistribution
  init(_ distribution: LengthDistribution) { self.distribution = distribution }
  init?(argument: String) {
    guard let distribution = LengthDistribution(argument) else { return nil }
    self.distribution = distribution
  }
  static var argumentExample: String { "512" }
  static var argumentHint: String { "write 512, 100-900, normal:512,100, lognormal:512,0.8 or exp:512" }
  var argumentText: String { distribution.description }
}

/// How long a pause is: the words of `--turn-pause`.
struct PauseArgument: ArgumentValue {
  let distribution: LengthDistribution
  init(_ distribution: LengthDistribution) { self.distribution = distribution }
  init?(argument: String) {
    let read: (String) -> Double? = { SpanArgument(argument: $0)?.span.seconds }
    guard let distribution = LengthDistribution(argument, number: read) else { return nil }
    self.distribution = distribution
  }
  static var argumentExample: String { "2s" }
  static var argumentHint: String { "write 2s, 1s-5s, exp:2s or lognormal:2s,0.8" }
  var argumentText: String { distribution.description }
}

/// The options that say what is asked of a language model, shared by the verbs under `load`.
struct ModelArguments {
  let isGiven: Bool
  let model: String?
  let api: LanguageAPI?
  let prompt: String?
  let dataset: String?
  let format: LanguageDataset.Format?
  let input: LengthArgument?
  let output: LengthArgument?
  let inputColumn: String?
  let outputColumn: String?
  let prefix: String?
  let turns: LengthArgument
  let pause: PauseArgument
  let keepsConnections: Bool
  let traceSpeed: Double
  let ignoresEnd: Bool
  let temperature: Double?
  let extra: String?
  private let prefixParts: (tokens: Int, groups: Int)

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Language model")
    isGiven = a.flag("llm", help: "the service is a language model: ask it for streams of tokens")
    model = try a.option("model", value: "NAME", help: "the model's name (default: the first that the service lists)")
    api = try a.option("api", value: "API", help: "how it is asked (default: by the URL, else openai-chat)")
    prompt = try a.option("prompt", value: "TEXT", help: "ask this, or @FILE")
    dataset = try a.option(
      "dataset", value: "FILE",
      help: "ask what is in a file: ShareGPT, OpenAI JSON lines, a Mooncake trace, or a CSV of lengths or prompts",
      completion: .files(["json", "jsonl", "csv", "gz"]))
    format = try a.option("dataset-format", value: "FORMAT", help: "what the file is (default: found out)")
    input = try a.option(
      "input-tokens", value: "N", help: "tokens of a question: 512, 100-900, lognormal:512,0.8 (default: 512)")
    output = try a.option(
      "output-tokens", value: "N",
      help: "the most tokens of an answer, as for --input-tokens (default: 128, or the data set's)")
    inputColumn = try a.option("input-column", value: "NAME", help: "the column of input lengths in --dataset")
    outputColumn = try a.option("output-column", value: "NAME", help: "the column of output lengths in --dataset")
    prefix = try a.option(
      "shared-prefix", value: "N[:GROUPS]", help: "tokens that stand before every question, the same within a group")
    turns = try a.option(
      "turns", value: "N", default: LengthArgument(LengthDistribution(1)),
      help: "questions of a session, each with all that was said before; of a conversation in --dataset at most so many"
    )
    pause = try a.option(
      "turn-pause", value: "TIME", default: PauseArgument(LengthDistribution(0)),
      help: "from an answer to the next question of its session: reading, or a tool at work")
    keepsConnections = a.flag(
      "session-connections",
      help: "each session has a connection of its own, from its first question to its last (default: all share)")
    traceSpeed = try a.option(
      "dataset-speed", value: "FACTOR", default: 1,
      help: "play the times of --dataset, where it has any, faster: 2 is twice as fast")
    ignoresEnd = a.flag("ignore-eos", help: "answers are as long as asked, whatever the model has to say")
    temperature = try a.option("temperature", value: "NUMBER", help: "of the sampling")
    extra = try a.option("request-json", value: "JSON", help: "further members of every request: '{\"top_p\": 0.9}'")
    a.section("")
    let parts = (prefix ?? "0").split(separator: ":").map { Int($0) ?? -1 }
    prefixParts = (parts.first ?? 0, parts.count > 1 ? parts[1] : 1)
    let isPrefix = parts.count <= 2 && prefixParts.tokens >= 0 && prefixParts.groups >= 1
    a.check(isPrefix, "'--shared-prefix \(prefix ?? "")' is no number of tokens. Write --shared-prefix 1000 or 1000:5.")
    let named: [(String, Bool)] = [
      ("--model", model != nil), ("--api", api != nil), ("--prompt", prompt != nil), ("--dataset", dataset != nil),
      ("--input-tokens", input != nil), ("--output-tokens", output != nil), ("--ignore-eos", ignoresEnd),
      ("--shared-prefix", prefix != nil), ("--turns", a.isGiven("turns")), ("--turn-pause", a.isGiven("turn-pause")),
      ("--session-connections", keepsConnections), ("--temperature", temperature != nil),
      ("--request-json", extra != nil),
    ]
    let lone = named.first { $0.1 }?.0
    a.check(isGiven || lone == nil, "'\(lone ?? "")' is of a language model. Add --llm.")
    let sources = [prompt != nil, dataset != nil, input != nil].filter { $0 }.count
    a.check(sources <= 1, "'--prompt', '--dataset' and '--input-tokens' each say what is asked. Keep one.")
    a.check(traceSpeed > 0 && traceSpeed < 1e6, "'--dataset-speed' is a factor above 0. Write --dataset-speed 2.")
    let hasColumns = dataset != nil || inputColumn == nil && outputColumn == nil && format == nil
    a.check(hasColumns, "'--input-column', '--output-column' and '--dataset-format' are of a data set. Add --dataset.")
  }

  /// How many requests a connection carries at a time.
  func streams(of target: TargetArguments) -> Int {
    target.isMultiplexed && !keepsConnections ? target.language.streams : 1
  }

  /// The URL that is asked: the service's with the API's path where it names none.
  func url(_ url: String) -> String {
    guard isGiven, !url.isEmpty else { return url }
    guard let scheme = url.range(of: "://") else { return url }
    let rest = url[scheme...]
    let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? ""
    if LanguageAPI(path: path) != nil { return url }
    let wanted = (api ?? .chat).path
    let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
    let base = String(url.dropLast(path.count))
    if trimmed.isEmpty { return base + wanted }
    // "/v1" and the like: what the API's path begins with is not said twice.
    if wanted.hasPrefix(trimmed + "/") { return base + wanted }
    guard api != nil || trimmed.hasSuffix("/v1") else { return url }
    return base + trimmed + String(wanted.dropFirst(wanted.hasPrefix("/v1") ? 3 : 0))
  }

  func workload(url: String, headers: [String], seed: UInt64, console: Console) throws -> LanguageWorkload {
    let rest = url.range(of: "://").map { String(url[$0...]) } ?? url
    let api = api ?? LanguageAPI(path: rest) ?? .chat
    var settings = LanguageSettings(model: try modelName(api, url: url, headers: headers, console: console))
    settings.ignoresEnd = ignoresEnd
    settings.temperature = temperature
    if let extra {
      let node = try JSON.parse(extra, file: "--request-json")
      guard let entries = node.entries else {
        throw Failure("'--request-json \(extra)' is no object. Write '{\"top_p\": 0.9}'.", exitCode: .usage)
      }
      settings.extra = entries.map { entry in
        var key = JSONWriter()
        key.string(entry.key)
        var value = JSONWriter()
        value.node(entry.value)
        return key.text + ":" + value.text
      }.joined(separator: ",")
    }
    var source: LanguageWorkload.Source
    if let dataset {
      var options = LanguageDataset.Options()
      options.format = format
      options.inputColumn = inputColumn
      options.outputColumn = outputColumn
      options.mostTurns = Int(turns.distribution.middle)
      options.output = output?.distribution
      options.pause = pause.distribution
      options.seed = seed
      options.takesMessages = api.takesMessages
      var sessions = try LanguageDataset.sessions(path: dataset, options)
      if prefixParts.tokens > 0 {
        for i in sessions.indices { sessions[i].prefix = (prefixParts.tokens, i % prefixParts.groups) }
      }
      source = .listed(sessions)
    } else if let prompt {
      let text =
        prompt.hasPrefix("@")
        ? String(decoding: try Input.read(path: String(prompt.dropFirst())), as: UTF8.self) : prompt
      var random = RandomStream(seed: seed)
      let count = turns.distribution.count(&random)
      var session = LanguageSession(
        (0..<count).map { turn in
          LanguageSession.Turn(
            .words(text), outputTokens: (output?.distribution ?? LengthDistribution(128)).count(&random),
            pause: turn > 0 ? pause.distribution.draw(&random) : 0)
        })
      if prefixParts.tokens > 0 { session.prefix = (prefixParts.tokens, 0) }
      source = .listed([session])
    } else {
      var lengths = LanguageWorkload.Lengths()
      if let input { lengths.input = input.distribution }
      if let output { lengths.output = output.distribution }
      lengths.turns = turns.distribution
      lengths.pause = pause.distribution
      lengths.sharedPrefix = prefixParts.tokens
      lengths.groups = prefixParts.groups
      source = .drawn(lengths)
    }
    var workload = LanguageWorkload(source, api: api, settings: settings, seed: seed)
    workload.keepsConnections = keepsConnections
    return workload
  }

  /// The model's name, or the first that the service lists (`GET /v1/models`).
  private func modelName(_ api: LanguageAPI, url: String, headers: [String], console: Console) throws -> String {
    if let model { return model }
    guard api.namesModel else { return "" }
    let isOllama = api == .ollama || api == .ollamaChat
    if api != .anthropic, let scheme = url.range(of: "://") {
      let host = url[..<(url[scheme...].firstIndex(of: "/") ?? url.endIndex)]
      var base = String(host)
      if !isOllama, let v1 = url.range(of: "/v1/") { base = String(url[..<url.index(v1, offsetBy: -4)]) }
      if let name = Self.listed(base + (isOllama ? "/api/tags" : "/v1/models"), headers: headers) {
        console.note("Model: \(name), the first that the service lists.")
        return name
      }
    }
    throw Failure("The service lists no model. Name it with --model NAME.", exitCode: .usage)
  }

  private static func listed(_ url: String, headers: [String]) -> String? {
    var options = HTTPClient.Options()
    options.timeout = .seconds(5)
    // Whoever asks with a token of a bearer's may list with it.
    let mark = "authorization: bearer "
    let token = headers.first { $0.lowercased().hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
    let client = HTTPClient(options: options, credentials: token.map { .bearer(token: $0) } ?? .none)
    guard let answer = try? client.answer(to: HTTPRequest(url: url)), answer.status == 200,
      let node = try? JSON.parse(answer.body, file: url)
    else { return nil }
    return node["data"]?.elements?.first?["id"]?.string ?? node["models"]?.elements?.first?["name"]?.string
  }
}

extension String {
  /// Where what stands behind a text begins.
  fileprivate func range(of text: String) -> Index? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}
