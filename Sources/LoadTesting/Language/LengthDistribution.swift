import Glibc
import Quantities

/// How many tokens, turns or seconds: a number, or how it scatters.
public struct LengthDistribution: Sendable, Hashable, CustomStringConvertible {
  enum Shape: Sendable, Hashable {
    case fixed
    /// Evenly between two numbers.
    case uniform(low: Double, high: Double)
    case normal(deviation: Double)
    /// By median and the deviation of the logarithm.
    case lognormal(shape: Double)
    case exponential
  }
  let shape: Shape
  /// The number itself, the mean, or, of the lognormal one, the median.
  public let middle: Double
  public let description: String

  public init(_ fixed: Double) {
    shape = .fixed
    middle = fixed
    description = NumberFormat.significant(fixed, 6)
  }

  /// Reads `512`, `100-900` (evenly), `normal:512,100`, `lognormal:512,0.8`, `exp:512`; nil for what is none.
  /// - Parameter number: reads one number: a count, or a time in seconds.
  public init?(_ text: String, number: (String) -> Double? = { Double($0) }) {
    func read(_ part: Substring) -> Double? {
      number(String(part.drop { $0 == " " })).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
    description = text
    if let colon = text.firstIndex(of: ":") {
      let parts = text[text.index(after: colon)...].split(separator: ",")
      guard let first = parts.first, let middle = read(first) else { return nil }
      self.middle = middle
      let second = parts.count > 1 ? parts[1] : nil
      switch text[..<colon] {
      case "normal":
        guard let second, let deviation = read(second) else { return nil }
        shape = .normal(deviation: deviation)
      case "lognormal":
        guard let second, let value = Double(second.drop { $0 == " " }), value >= 0, value <= 5 else { return nil }
        shape = .lognormal(shape: value)
      case "exp", "exponential":
        guard second == nil else { return nil }
        shape = .exponential
      case "uniform":
        guard let second, let high = read(second), high >= middle else { return nil }
        shape = .uniform(low: middle, high: high)
      default: return nil
      }
      return
    }
    let ends = text.split(separator: "-")
    if ends.count == 2, let low = read(ends[0]), let high = read(ends[1]), high >= low {
      shape = .uniform(low: low, high: high)
      middle = (low + high) / 2
    } else if let value = read(text[...]) {
      shape = .fixed
      middle = value
    } else {
      return nil
    }
  }

  /// Draws one.
  public func draw(_ random: inout RandomStream) -> Double {
    switch shape {
    case .fixed: middle
    case .uniform(let low, let high): random.uniform(low, high)
    case .normal(let deviation): max(0, random.normal(mean: middle, deviation: deviation))
    case .lognormal(let shape): min(1e9, random.lognormal(median: middle, shape: shape))
    case .exponential: random.exponential(mean: middle)
    }
  }
  /// A whole number of at least one, and at most ten million.
  public func count(_ random: inout RandomStream) -> Int { Int(min(1e7, max(1, draw(&random).rounded()))) }
}
