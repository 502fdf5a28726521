import Planning
import Quantities
import Serving
import Simulating
import Terminal
import Traffic

/// The options of the world of single requests.
struct RequestOptions {
  let window: Duration
  let clients: ClientBehavior
  let source: Source
  let balancing: Balancing?
  let queue: QueueSpec?
  let kinds: [RequestKind]
  /// The options as they were written, and the first of them.
  let words: [String]
  var isGiven: Bool { !words.isEmpty }
  var firstGiven: String { words.first ?? "" }
  /// Whether anything is said that the world of tokens does not know: clients, lines, balancing.
  let asksClients: Bool

  /// How requests come.
  enum Source {
    case process(ArrivalProcess)
    /// As bursty as the requests that a file recorded.
    case burstsOf(String)
    case users(Int, think: TimeDistribution?)
  }

  init(_ a: inout Arguments) throws(UsageError) {
    var words: [String] = []
    a.section("The world of requests")
    defer { a.section("") }
    func span(_ name: String, _ help: String) throws(UsageError) -> Duration? {
      let text: String? = try a.option(name, value: "TIME", help: help)
      guard let text else { return nil }
      words += ["--\(name)", text]
      let time = try? Duration.parse(text)
      let isGood = (time ?? .zero) > .zero && (time ?? .zero) <= .days(30)
      a.check(isGood, "'--\(name)' is a time above 0, at most 30 days. Write --\(name) 2s.")
      return time
    }
    window = try span("window", "requests, tokens: how much of the busiest time (1h)") ?? .hours(1)
    let variation: Double? = try a.option(
      "arrival-cv", value: "CV",
      help: "requests, tokens: coefficient of variation of the gaps between arrivals (1: Poisson)")
    if let variation { words += ["--arrival-cv", "\(variation)"] }
    let isVariation = variation.map { $0.isFinite && $0 >= 0 && $0 <= 100 } ?? true
    a.check(isVariation, "'--arrival-cv' is 0 to 100. Write --arrival-cv 2.")
    let bursts: String? = try a.option(
      "bursts-of", value: "FILE",
      help:
        "requests, tokens: as bursty as these recorded requests (a Poisson process whose rate jumps, fitted to them)",
      completion: .files(["jsonl", "csv", "gz"]))
    if let bursts { words += ["--bursts-of", bursts] }
    let isOneProcess = bursts == nil || variation == nil
    a.check(isOneProcess, "'--arrival-cv' and '--bursts-of' both say how requests come. Keep one.")
    let shared = words.count
    let timeout = try span("timeout", "requests: how long a client waits for an attempt")
    let attempts: Int = try a.option(
      "attempts", value: "N", default: 1, help: "requests: attempts that a client makes in all")
    a.check((1...100).contains(attempts), "'--attempts' is 1 to 100. Write --attempts 3.")
    if attempts != 1 { words += ["--attempts", "\(attempts)"] }
    let backoff = try span("backoff", "requests: before the second attempt, then twice as long each time")
    let budgetText: String? = try a.option(
      "retry-budget", value: "SHARE", help: "requests: retries allowed for each request, over all clients")
    var budget: Fraction?
    if let budgetText {
      words += ["--retry-budget", budgetText]
      budget = try? Fraction.parse(budgetText)
      let isGood = budget.map { $0.rawValue >= 0 && $0.rawValue <= 100 } ?? false
      a.check(isGood, "'--retry-budget' is a share. Write --retry-budget 10%.")
    }
    let hedge = try span("hedge", "requests: a second attempt goes out when there is no answer by then")
    let deadline = try span("deadline", "requests: when a request has failed, whatever its attempts do")
    let cancels = a.flag(
      "cancel", help: "requests: what clients gave up leaves the line (else it is served all the same)")
    if cancels { words.append("--cancel") }
    let users: Int? = try a.option(
      "users", value: "N", help: "requests: a closed loop of so many users, each asking again when answered")
    if let users { words += ["--users", "\(users)"] }
    let isUsers = users.map { (1...10_000_000).contains($0) } ?? true
    a.check(isUsers, "'--users' is 1 to 10000000. Write --users 200.")
    let think = try span(
      "think", "requests: how long a user of the loop thinks between answer and question, on average")
    let thinks = users != nil || think == nil
    a.check(thinks, "'--think' is of users in a closed loop. Add --users 200.")
    let isLoop = users != nil
    let hasProcess = variation != nil || bursts != nil
    a.check(
      !isLoop || !hasProcess,
      "Users of a closed loop come when they are answered. Leave out --arrival-cv and --bursts-of.")
    let word: String? = try a.option(
      "balancing", value: "WORD",
      help: "requests: how a request finds its replica: \(Balancing.allCases.map(\.rawValue).joined(separator: ", "))")
    balancing = word.flatMap { Balancing(rawValue: $0) ?? Balancing(rawValue: $0.replacing("-", with: " ")) }
    if let word {
      words += ["--balancing", word]
      let isKnown = balancing != nil
      a.check(
        isKnown, "'\(word)' is no balancing. One of \(Balancing.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let limit: Int? = try a.option(
      "queue-limit", value: "N", help: "requests: how many may wait in a line; what comes on top is turned away")
    if let limit { words += ["--queue-limit", "\(limit)"] }
    let isLimit = (limit ?? 0) >= 0
    a.check(isLimit, "'--queue-limit' is 0 or more. Write --queue-limit 100.")
    let patience = try span("queue-deadline", "requests: how long one waits in a line before it leaves unserved")
    queue =
      limit == nil && patience == nil
      ? nil : QueueSpec(limit: limit.map { .requests(Double($0)) } ?? .none, deadline: patience)
    let mix: String? = try a.option(
      "kinds", value: "LIST",
      help: "requests: kinds with their share and, in a line, priority (higher first), as 'paid 20% 1, free 80% 0'")
    var kinds: [RequestKind] = []
    if let mix {
      words += ["--kinds", mix]
      kinds = Self.kinds(mix)
      let isRead = !kinds.isEmpty
      a.check(isRead, "'--kinds' is a list of name, share and priority. Write --kinds 'paid 20% 1, free 80% 0'.")
    }
    self.kinds = kinds
    clients = ClientBehavior(
      timeout: timeout, attempts: min(max(attempts, 1), 100), backoff: backoff ?? .milliseconds(100), budget: budget,
      hedgeAfter: hedge, deadline: deadline, cancels: cancels)
    if let users {
      source = .users(users, think: think.flatMap { try? TimeDistribution(mean: $0.seconds, variability: 1) })
    } else if let bursts {
      source = .burstsOf(bursts)
    } else {
      source = .process(
        variation.map { $0 == 1 ? .poisson : $0 == 0 ? .fluid : .gamma(coefficientOfVariation: $0) } ?? .poisson)
    }
    self.words = words
    asksClients = words.count > shared
  }

  /// `paid 20% 1, free 80% 0`: empty where it is not that.
  private static func kinds(_ text: String) -> [RequestKind] {
    var kinds: [RequestKind] = []
    for item in text.split(separator: ",") {
      let parts = item.split(separator: " ").map(String.init)
      guard parts.count == 2 || parts.count == 3, let share = try? Fraction.parse(parts[1]), share.rawValue >= 0,
        share.rawValue.isFinite, let priority = parts.count == 3 ? Int(parts[2]) : 0, abs(priority) <= 1_000_000
      else { return [] }
      kinds.append(RequestKind(name: parts[0], weight: share.rawValue, priority: priority))
    }
    return kinds.count <= 256 && kinds.contains { $0.weight > 0 } ? kinds : []
  }

  /// How requests come, as a plan's simulation takes it.
  ///
  /// - Throws: as ``arrivals()``.
  func planned() throws -> RequestArrivals {
    if case .users(let count, let think) = source { return .users(count, think: think) }
    return .process(try arrivals())
  }

  /// How requests come, by their own process.
  ///
  /// - Throws: what cannot be read of the file whose bursts are meant.
  func arrivals() throws -> ArrivalProcess {
    switch source {
    case .process(let process): return process
    case .users: return .poisson
    case .burstsOf(let file):
      let times = try TokenTrace.read(path: file).requests.map(\.arrival)
      guard let process = ModulatedPoisson(fitting: times) else {
        throw Failure(
          "'\(file)' holds no bursts to fit: its requests are too few (100 over 20 minutes or more), or come no burstier than independent users'. Leave out --bursts-of.",
          exitCode: .badInput)
      }
      return .modulated(process)
    }
  }
}
