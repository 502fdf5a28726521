import Quantities
import Simulating
import Terminal
import Traffic

/// The options of the world of single requests.
struct RequestOptions {
  let window: Duration
  let clients: ClientBehavior
  let arrivals: ArrivalProcess
  /// The options as they were written, and the first of them.
  let words: [String]
  var isGiven: Bool { !words.isEmpty }
  var firstGiven: String { words.first ?? "" }

  init(_ a: inout Arguments) throws(UsageError) {
    var words: [String] = []
    func span(_ name: String, _ help: String) throws(UsageError) -> Duration? {
      let text: String? = try a.option(name, value: "TIME", help: help)
      guard let text else { return nil }
      words += ["--\(name)", text]
      let time = try? Duration.parse(text)
      let isGood = (time ?? .zero) > .zero && (time ?? .zero) <= .days(30)
      a.check(isGood, "'--\(name)' is a time above 0, at most 30 days. Write --\(name) 2s.")
      return time
    }
    window = try span("window", "requests: how much of the busiest time (1h)") ?? .hours(1)
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
    let variation: Double? = try a.option(
      "arrival-cv", value: "CV", help: "requests: coefficient of variation of the gaps between arrivals (1: Poisson)")
    if let variation { words += ["--arrival-cv", "\(variation)"] }
    let isVariation = variation.map { $0.isFinite && $0 >= 0 && $0 <= 100 } ?? true
    a.check(isVariation, "'--arrival-cv' is 0 to 100. Write --arrival-cv 2.")
    arrivals =
      variation.map { $0 == 1 ? .poisson : $0 == 0 ? .fluid : .gamma(coefficientOfVariation: $0) } ?? .poisson
    clients = ClientBehavior(
      timeout: timeout, attempts: min(max(attempts, 1), 100), backoff: backoff ?? .milliseconds(100), budget: budget,
      hedgeAfter: hedge, deadline: deadline, cancels: cancels)
    self.words = words
  }
}
