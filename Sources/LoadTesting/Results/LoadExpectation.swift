import Glibc
import Quantities

/// A threshold that a test's figures are held to: `p99 < 200ms`.
public struct LoadExpectation: Sendable, Hashable, CustomStringConvertible {
  public enum Metric: Sendable, Hashable {
    case latency(quantile: Double)
    case mean, maximum
    /// Streams' quantiles.
    case timeToFirstToken(quantile: Double)
    case interTokenLatency(quantile: Double)
    case timePerOutputToken(quantile: Double)
    /// The share of offered requests that were not answered well.
    case errorRate
    case achievedRate, tokensPerSecond
  }
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case below = "<"
    case atMost = "<="
    case above = ">"
    case atLeast = ">="
  }
  public var metric: Metric
  public var comparison: Comparison
  /// Seconds, a share, or a number a second.
  public var limit: Double
  /// As the user wrote it.
  public let description: String

  /// Reads `p99 < 200ms`, `mean <= 20ms`, `ttft p95 < 1s`, `errors < 0.1%`, `rate >= 990/s`.
  public init(_ text: String) throws(LoadTestingError) {
    func bad(_ problem: String) -> LoadTestingError {
      LoadTestingError(
        .badSettings, "'\(text)' \(problem)", remedy: "write 'p99 < 200ms', 'errors < 0.1%' or 'rate >= 990/s'")
    }
    guard let sign = text.firstIndex(where: { $0 == "<" || $0 == ">" }) else { throw bad("has no '<' or '>'") }
    var rest = text[text.index(after: sign)...]
    let orEqual = rest.hasPrefix("=")
    if orEqual { rest = rest.dropFirst() }
    guard let comparison = Comparison(rawValue: String(text[sign]) + (orEqual ? "=" : "")) else {
      throw bad("compares with neither '<' nor '>'")
    }
    let words = text[..<sign].lowercased().split { $0 == " " || $0 == "_" || $0 == "\t" }.map(String.init)
    let value = String(rest.drop { $0 == " " })
    func quantile(_ word: String) -> Double? {
      guard word.hasPrefix("p"), let digits = Double(word.dropFirst()), digits > 0 else { return nil }
      // p99.9 has its point; p999 and p9999 are written without one.
      var share = digits
      if !word.contains("."), word.count > 3 {
        while share >= 100 { share /= 10 }
      }
      return share < 100 ? share / 100 : nil
    }
    func span() throws(LoadTestingError) -> Double {
      do { return try Duration.parse(value).seconds } catch { throw bad("names no time: '\(value)'") }
    }
    func streamed(_ make: (Double) -> Metric) throws(LoadTestingError) -> Metric {
      guard words.count <= 2, let p = words.count == 1 ? 0.5 : quantile(words[1]) else {
        throw bad("names no percentile")
      }
      return make(p)
    }
    switch words.first ?? "" {
    case "ttft": metric = try streamed { .timeToFirstToken(quantile: $0) }
    case "itl": metric = try streamed { .interTokenLatency(quantile: $0) }
    case "tpot": metric = try streamed { .timePerOutputToken(quantile: $0) }
    case "mean", "avg": metric = .mean
    case "max": metric = .maximum
    case "errors", "error": metric = .errorRate
    case "rate", "achieved": metric = .achievedRate
    case "tokens": metric = .tokensPerSecond
    default:
      guard words.count == 1, let p = quantile(words[0]) else {
        throw bad("names no figure of a load test")
      }
      metric = .latency(quantile: p)
    }
    switch metric {
    case .errorRate:
      do { limit = try Fraction.parse(value).rawValue } catch { throw bad("names no share: '\(value)'") }
    case .achievedRate:
      do { limit = try RequestRate.parse(value).perSecond } catch { throw bad("names no rate: '\(value)'") }
    case .tokensPerSecond:
      guard let number = Double(value.prefix { $0 != "/" }), number.isFinite else { throw bad("names no number") }
      limit = number
    default: limit = try span()
    }
    self.comparison = comparison
    description = text
  }

  /// The figure itself, in seconds, a share or a number a second; nil where the test did not measure it.
  public func actual(in result: LoadResult) -> Double? {
    switch metric {
    case .latency(let p): result.latency.quantile(p)
    case .mean: result.latency.mean
    case .maximum: result.latency.maximum
    case .timeToFirstToken(let p): result.streams?.timeToFirstToken.quantile(p)
    case .interTokenLatency(let p): result.streams?.interTokenLatency.quantile(p)
    case .timePerOutputToken(let p): result.streams?.timePerOutputToken.quantile(p)
    case .errorRate: result.errorShare.rawValue
    case .achievedRate: result.achievedRate.perSecond
    case .tokensPerSecond: result.streams?.tokensPerSecond
    }
  }

  /// Whether the figure keeps the threshold. What was not measured keeps none.
  public func isMet(by result: LoadResult) -> Bool {
    guard let value = actual(in: result) else { return false }
    switch comparison {
    case .below: return value < limit
    case .atMost: return value <= limit
    case .above: return value > limit
    case .atLeast: return value >= limit
    }
  }
}
