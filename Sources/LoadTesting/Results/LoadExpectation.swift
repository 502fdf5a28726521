import Glibc
import Quantities
import Serving

/// A threshold that a test's figures are held to: `p99 < 200ms`.
public struct LoadExpectation: Sendable, Hashable, CustomStringConvertible {
  /// What is held to the limit: a figure of one of the service's metrics.
  public enum Figure: Sendable, Hashable {
    /// A percentile of a time.
    case percentile(ServiceMetric, Double)
    /// Of the response time.
    case mean, maximum
    /// The share of offered requests that were not answered well.
    case errors
    /// What was answered, a second.
    case throughput
    case tokensPerSecond
    /// Requests that kept every bound of the test, a second, or of all that were offered.
    case goodput, goodShare
  }
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case below = "<"
    case atMost = "<="
    case above = ">"
    case atLeast = ">="
  }
  public var figure: Figure
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
    func span() throws(LoadTestingError) -> Double {
      do { return try Duration.parse(value).seconds } catch { throw bad("names no time: '\(value)'") }
    }
    switch words.first ?? "" {
    case "mean", "avg": figure = .mean
    case "max": figure = .maximum
    case "errors", "error": figure = .errors
    case "rate", "achieved": figure = .throughput
    case "tokens": figure = .tokensPerSecond
    case "goodput": figure = value.contains("%") ? .goodShare : .goodput
    default:
      // A bare percentile is the response time's; a bare metric its median.
      let named =
        ["e2e", "e2el", "latency"].contains(words.first ?? "")
        ? .response
        : ServiceMetric(word: words.first ?? "").flatMap {
          [.firstToken, .perToken, .betweenTokens].contains($0) ? $0 : nil
        }
      let word = named == nil ? words.first ?? "" : words.count > 1 ? words[1] : "p50"
      guard words.count <= (named == nil ? 1 : 2), let p = Percentile.share(of: word) else {
        throw bad(named == nil ? "names no figure of a load test" : "names no percentile")
      }
      figure = .percentile(named ?? .response, p)
    }
    switch figure {
    case .errors, .goodShare:
      do { limit = try Fraction.parse(value).rawValue } catch { throw bad("names no share: '\(value)'") }
    case .throughput, .goodput:
      do { limit = try RequestRate.parse(value).perSecond } catch { throw bad("names no rate: '\(value)'") }
    case .tokensPerSecond:
      guard let number = Double(value.prefix { $0 != "/" }), number.isFinite else { throw bad("names no number") }
      limit = number
    default: limit = try span()
    }
    self.comparison = comparison
    description = text
  }

  /// The bound that a request by itself keeps or misses; nil for what is no time with an upper limit.
  public var bound: LatencyBound? {
    guard case .percentile(let metric, let p) = figure, comparison == .below || comparison == .atMost, limit > 0,
      limit < 1e9, p > 0, p < 1
    else { return nil }
    return LatencyBound(metric, quantile: p, limit: .seconds(limit))
  }

  /// The figure itself, in seconds, a share or a number a second; nil where the test did not measure it.
  public func actual(in result: LoadResult) -> Double? {
    switch figure {
    case .percentile(let metric, let p): result.spectrum(of: metric)?.quantile(p)
    case .mean: result.latency.mean
    case .maximum: result.latency.maximum
    case .errors: result.errorShare.rawValue
    case .throughput: result.achievedRate.perSecond
    case .tokensPerSecond: result.streams?.tokensPerSecond
    case .goodput: result.goodput?.perSecond
    case .goodShare: result.goodShare?.rawValue
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
