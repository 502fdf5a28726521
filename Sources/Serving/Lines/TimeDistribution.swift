import Glibc
import Quantities

/// A time that is drawn: gaps between arrivals, or times in service, by mean and squared coefficient of variation. The two
/// moments choose the family, as is usual for two-moment models (Whitt, "The Queueing Network Analyzer", Bell System
/// Technical Journal 62, 1983, section 3):
///
/// - 0: a constant.
/// - between 0 and 1: gamma with shape 1 / variability (for 1/k: the sum of k exponential stages).
/// - 1: exponential.
/// - above 1: two exponentials with balanced means, p1 / rate1 = p2 / rate2.
public struct TimeDistribution: Hashable, Sendable {
  /// Seconds, above 0.
  public let mean: Double
  /// The squared coefficient of variation (scv): variance over the mean's square.
  public let variability: Double

  /// - Throws: ``ServingError`` for a mean that is not above zero or a variability below zero, or either not finite.
  public init(mean: Double, variability: Double) throws(ServingError) {
    guard mean.isFinite, mean > 0 else {
      throw ServingError(.invalidParameter, "a mean time of \(mean) s: give a number above 0")
    }
    guard variability.isFinite, variability >= 0 else {
      throw ServingError(
        .invalidParameter, "a squared coefficient of variation of \(variability): give 0 or more (1 is exponential)")
    }
    self.mean = mean
    self.variability = variability
  }

  /// What it is called in Kendall's notation: D, E (Erlang and gamma), M, H.
  public var letter: String {
    switch variability {
    case 0: "D"
    case 1: "M"
    case ..<1: "E"
    default: "H"
    }
  }

  /// The share of requests of the first of two exponentials with balanced means; above 1 only.
  var firstShare: Double { (1 + ((variability - 1) / (variability + 1)).squareRoot()) / 2 }

  /// Draws one time, for worlds that draw few of each kind; a loop of millions has its own samplers.
  public func sample(_ random: inout RandomStream) -> Double {
    switch variability {
    case 0: return mean
    case 1: return random.exponential(mean: mean)
    case ..<1: return random.gamma(shape: 1 / variability, scale: mean * variability)
    default:
      let first = firstShare
      return random.uniform() < first
        ? random.exponential(mean: mean / (2 * first)) : random.exponential(mean: mean / (2 * (1 - first)))
    }
  }
}

/// Draws times of one family in a loop.
protocol TimeSampler {
  mutating func next(_ random: inout RandomStream, _ exponential: ExponentialTable.Draws) -> Double
}

struct ConstantTimes: TimeSampler {
  let value: Double
  @inline(__always) func next(_ random: inout RandomStream, _ exponential: ExponentialTable.Draws) -> Double { value }
}

struct ExponentialTimes: TimeSampler {
  let mean: Double
  @inline(__always) func next(_ random: inout RandomStream, _ exponential: ExponentialTable.Draws) -> Double {
    exponential.next(&random) * mean
  }
}

struct HyperexponentialTimes: TimeSampler {
  private let firstShare: Double
  private let first: Double
  private let second: Double

  init(_ distribution: TimeDistribution) {
    firstShare = distribution.firstShare
    first = distribution.mean / (2 * firstShare)
    second = distribution.mean / (2 * (1 - firstShare))
  }
  @inline(__always) func next(_ random: inout RandomStream, _ exponential: ExponentialTable.Draws) -> Double {
    let mean = random.uniform() < firstShare ? first : second
    return exponential.next(&random) * mean
  }
}

struct GammaTimes: TimeSampler {
  private let shape: Double
  private let scale: Double

  init(_ distribution: TimeDistribution) {
    shape = 1 / distribution.variability
    scale = distribution.mean * distribution.variability
  }
  @inline(__always) func next(_ random: inout RandomStream, _ exponential: ExponentialTable.Draws) -> Double {
    random.gamma(shape: shape, scale: scale)
  }
}

/// Exponential numbers with mean 1 by the ziggurat of 256 layers of equal area (Marsaglia and Tsang, "The Ziggurat Method
/// for Generating Random Variables", Journal of Statistical Software 5(8), 2000): nearly always one multiplication and one
/// comparison, where a logarithm takes three times as long. Exact: the rare cases outside a layer's core are decided by
/// the density itself.
struct ExponentialTable {
  /// Where the base layer's tail begins, and the area of each layer; the paper's constants for 256 layers.
  private static let tail = 7.697_117_470_131_05
  private static let area = 0.003_949_659_822_581_557_2

  /// Right ends of the layers, the base layer's the width of a rectangle of its area; and the density there.
  private let ends: [Double]
  private let heights: [Double]

  init() {
    var ends = [Self.area * exp(Self.tail), Self.tail]
    for i in 1..<255 { ends.append(-log(exp(-ends[i]) + Self.area / ends[i])) }
    ends.append(0)
    self.ends = ends
    heights = ends.map { exp(-$0) }
  }

  /// The tables as a loop reads them.
  struct Draws {
    fileprivate let ends: UnsafePointer<Double>
    fileprivate let heights: UnsafePointer<Double>

    @inline(__always)
    func next(_ random: inout RandomStream) -> Double {
      let bits = random.next()
      let layer = Int(bits & 255)
      let x = Double(bits >> 11) * 0x1p-53 * ends[layer]
      return x < ends[layer + 1] ? x : edge(x, layer, &random)
    }

    @inline(never)
    private func edge(_ drawn: Double, _ drawnLayer: Int, _ random: inout RandomStream) -> Double {
      var x = drawn
      var layer = drawnLayer
      while true {
        // The exponential forgets: beyond the tail's beginning lies the whole distribution again.
        if layer == 0 { return ExponentialTable.tail - log1p(-random.uniform()) }
        let y = heights[layer] + random.uniform() * (heights[layer + 1] - heights[layer])
        if y < exp(-x) { return x }
        let bits = random.next()
        layer = Int(bits & 255)
        x = Double(bits >> 11) * 0x1p-53 * ends[layer]
        if x < ends[layer + 1] { return x }
      }
    }
  }

  func withDraws<Result>(_ body: (Draws) -> Result) -> Result {
    ends.withUnsafeBufferPointer { ends in
      heights.withUnsafeBufferPointer { heights in
        // Both tables have 257 entries.
        guard let end = ends.baseAddress, let height = heights.baseAddress else {
          preconditionFailure("the ziggurat's tables are never empty")
        }
        return body(Draws(ends: end, heights: height))
      }
    }
  }
}
