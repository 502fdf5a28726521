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
  /// Which requests the figure is of.
  public enum Scope: Sendable, Hashable {
    case all
    /// A class of a mix, a step of a scenario (`login`, or `buyer/login` where there are several kinds of sessions), or
    /// all steps of a kind.
    case named(String)
    /// Whole responses with a status.
    case status(Int)
  }
  public var scope: Scope
  public var figure: Figure
  public var comparison: Comparison
  /// Seconds, a share, or a number a second.
  public var limit: Double
  /// As the user wrote it.
  public let description: String

  /// Reads `p99 < 200ms`, `mean <= 20ms`, `ttft p95 < 1s`, `errors < 0.1%`, `rate >= 990/s`; with a class, a step or a
  /// status before the figure `login p99 < 1s`, `status 200 p95 < 300ms`.
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
    let (scope, figureText) = Self.scope(text[..<sign])
    self.scope = scope
    let words = figureText.lowercased().split { $0 == " " || $0 == "_" || $0 == "\t" }.map(String.init)
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
    if scope != .all {
      switch figure {
      case .percentile(.response, _), .mean, .maximum, .errors: break
      default: throw bad("asks of a part what is measured of the whole")
      }
      if case .status = scope, figure == .errors { throw bad("asks for errors of a status") }
    }
    self.comparison = comparison
    description = text
  }

  /// The bound that a request by itself keeps or misses; nil for what is no time with an upper limit, or of a part.
  public var bound: LatencyBound? {
    guard scope == .all, case .percentile(let metric, let p) = figure, comparison == .below || comparison == .atMost,
      limit > 0, limit < 1e9, p > 0, p < 1
    else { return nil }
    return LatencyBound(metric, quantile: p, limit: .seconds(limit))
  }

  /// What stands before the figure: its last word, or its last two where they are a metric and a percentile.
  private static func scope(_ text: Substring) -> (Scope, Substring) {
    let words = text.split { $0 == " " || $0 == "\t" }
    guard words.count > 1 else { return (.all, text) }
    func isMetric(_ word: Substring) -> Bool {
      ["e2e", "e2el", "latency"].contains(word.lowercased())
        || ServiceMetric(word: word.lowercased()).map { [.firstToken, .perToken, .betweenTokens].contains($0) } ?? false
    }
    let figure = words.count > 1 && isMetric(words[words.count - 2]) ? 2 : 1
    let before = words.dropLast(figure)
    guard let first = before.first, let last = before.last else { return (.all, text) }
    let rest = text[last.endIndex...]
    if before.count == 2, first.lowercased() == "status", let status = Int(last) { return (.status(status), rest) }
    return (.named(String(text[first.startIndex..<last.endIndex])), rest)
  }

  /// The figure itself, in seconds, a share or a number a second; nil where the test did not measure it.
  public func actual(in result: LoadResult) -> Double? {
    switch scope {
    case .all: break
    case .named(let name):
      guard let part = result.part(named: name) else { return nil }
      return figure == .errors
        ? (part.ended > 0 ? Double(part.ended - part.ok) / Double(part.ended) : nil) : figure(of: part.latency)
    case .status(let status): return result.latencyByStatus[status].flatMap { figure(of: $0) }
    }
    switch figure {
    case .percentile(let metric, let p): return result.spectrum(of: metric)?.quantile(p)
    case .mean: return result.latency.mean
    case .maximum: return result.latency.maximum
    case .errors: return result.errorShare.rawValue
    case .throughput: return result.achievedRate.perSecond
    case .tokensPerSecond: return result.streams?.tokensPerSecond
    case .goodput: return result.goodput?.perSecond
    case .goodShare: return result.goodShare?.rawValue
    }
  }

  private func figure(of spectrum: LatencySpectrum) -> Double? {
    switch figure {
    case .percentile(.response, let p): spectrum.quantile(p)
    case .mean: spectrum.mean
    case .maximum: spectrum.maximum
    default: nil
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

extension LoadResult {
  /// A class by its name, or all classes of a kind of session together: `buyer` is `buyer/login` and `buyer/cart`. A
  /// step's own name serves where one kind alone has it. Nil where there is none.
  func part(named name: String) -> LoadClass? {
    if let exact = classes.first(where: { $0.name == name }) { return exact }
    let ofKind = classes.filter { $0.name.hasPrefix(name + "/") }
    let steps = ofKind.isEmpty ? classes.filter { $0.name.hasSuffix("/" + name) } : ofKind
    guard let first = steps.first else { return nil }
    return steps.dropFirst().reduce(first) { sum, next in
      var sum = sum
      sum.ok += next.ok
      sum.ended += next.ended
      sum.latency.merge(next.latency)
      return sum
    }
  }
}
