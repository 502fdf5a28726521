import Documents
import Quantities

/// What can be measured of a service and promised about it: the one vocabulary of models, objectives, load tests and
/// reports.
public enum ServiceMetric: String, CaseIterable, Hashable, Sendable {
  /// From the arrival of a request to the end of its answer.
  case response
  /// From the arrival to the first token of the answer (TTFT); the wait in a queue is part of it.
  case firstToken = "first token"
  /// The mean time for each token after the first, of one answer (TPOT).
  case perToken = "per token"
  /// The time between one token and the next (ITL).
  case betweenTokens = "between tokens"
  /// The wait before a request is worked on.
  case wait = "queue wait"
  /// The share of requests that are not answered well.
  case errors
  /// What is answered, a second.
  case throughput

  /// What kind of number it is.
  public enum Kind: Hashable, Sendable { case time, share, rate }
  public var kind: Kind {
    switch self {
    case .response, .firstToken, .perToken, .betweenTokens, .wait: .time
    case .errors: .share
    case .throughput: .rate
    }
  }

  /// The word that objectives and expectations write before a percentile: `"ttft"`; empty for the response time, which is
  /// meant where nothing is said.
  public var word: String {
    switch self {
    case .response: ""
    case .firstToken: "ttft"
    case .perToken: "tpot"
    case .betweenTokens: "itl"
    case .wait: "wait"
    case .errors: "errors"
    case .throughput: "rate"
    }
  }

  /// The metric of a word: `ttft`, `tpot`, `itl`, `wait`, `response`.
  public init?(word: String) {
    guard !word.isEmpty, let found = Self.allCases.first(where: { $0.word == word || $0.rawValue == word }) else {
      return nil
    }
    self = found
  }

  /// The times, in the order in which they are told.
  public static let times: [ServiceMetric] = allCases.filter { $0.kind == .time }

  /// Whether a wait before the work makes it longer: the pace of tokens does not know how long a request has waited.
  public var includesWait: Bool { self == .response || self == .firstToken || self == .wait }

  /// In a sentence: `"time to first token"`.
  public var title: String {
    switch self {
    case .response: "response time"
    case .firstToken: "time to first token"
    case .perToken: "time per output token"
    case .betweenTokens: "time between tokens"
    case .wait: "wait in the queue"
    case .errors: "errors"
    case .throughput: "throughput"
    }
  }
}

/// A percentile as people write it: `p99`, `p99.9`, `p999`.
public enum Percentile {
  /// The share of a word, 0.99 for `p99`; nil where it is no percentile. `p999` and `p9999` are 99.9 and 99.99 %.
  public static func share(of word: some StringProtocol) -> Double? {
    guard word.hasPrefix("p"), let digits = Double(word.dropFirst()), digits > 0, digits < 1e9 else { return nil }
    var share = digits
    if !word.contains("."), word.count > 3 {
      while share > 100 { share /= 10 }
    }
    return share < 100 ? share / 100 : nil
  }

  /// `p99`, `p99.9`.
  public static func name(_ share: Double) -> String { "p" + NumberFormat.significant(share * 100, 5) }
}
