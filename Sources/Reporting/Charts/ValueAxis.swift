import Glibc
import Quantities

/// What an axis counts: how its ticks are written and what stands above it.
public enum AxisUnit: Sendable, Hashable {
  case requestsPerSecond
  case replicas
  case dollars
  case percent
  case minutes
  case other(String)

  /// A value as it stands beside a tick or in a label: `150k`, `$40k`, `25 %`.
  public func written(_ value: Double, digits: Int = 3) -> String {
    switch self {
    case .requestsPerSecond: RequestRate(rawValue: value).formatted(digits: digits)
    case .dollars: Currency.current.written(NumberFormat.short(abs(value), digits: digits), isNegative: value < 0)
    case .percent: NumberFormat.significant(value * 100, digits) + " %"
    case .replicas, .minutes, .other: NumberFormat.short(value, digits: digits)
    }
  }

  /// The tick's text: as `written`, without the unit where the caption says it.
  func tick(_ value: Double) -> String {
    switch self {
    case .requestsPerSecond: NumberFormat.short(value)
    default: written(value)
    }
  }

  /// What the axis is headed with.
  var caption: String {
    switch self {
    case .requestsPerSecond: "requests/s"
    case .replicas: "replicas"
    case .dollars: Currency.current.title
    case .percent: ""
    case .minutes: "minutes"
    case .other(let name): name
    }
  }
}

/// Ticks of an axis that starts at zero.
public struct ValueAxis: Sendable, Hashable {
  /// Ascending, zero first.
  public let ticks: [Double]
  /// The end of the axis: the last tick.
  public let top: Double

  /// Ticks at 1, 2, 2.5 or 5 times a power of ten that reach a value.
  ///
  /// - Parameters:
  ///   - maximum: the largest value shown; zero, negative or not a number gives an axis to 1.
  ///   - steps: how many steps to aim at; between half and one and a half of it come out.
  ///   - whole: whether only whole numbers make sense, as for replicas.
  public init(reaching maximum: Double, about steps: Int = 4, whole: Bool = false) {
    let reach = maximum.isFinite && maximum > 0 ? min(max(maximum, 1e-12), 1e15) : 1
    let rough = reach / Double(max(1, steps))
    let power = pow(10, log10(rough).rounded(.down))
    var width = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    if whole { width = max(1, width.rounded(.up)) }
    // A value a hair above a tick does not earn a whole further step.
    let count = max(1, Int((reach / width - 0.02).rounded(.up)))
    ticks = (0...count).map { Double($0) * width }
    top = max(Double(count) * width, reach)
  }
}

extension ValueAxis {
  /// Round values within a span that need not start at zero.
  static func ticks(from: Double, to: Double, about steps: Int) -> [Double] {
    guard from.isFinite, to.isFinite, to > from else { return [] }
    let width = ValueAxis(reaching: to - from, about: steps).ticks.dropFirst().first ?? 1
    guard (to - from) / width < 100, abs(from / width) < 1e15 else { return [] }
    return stride(from: (from / width).rounded(.up), through: (to / width).rounded(.down), by: 1).map { $0 * width }
  }
}

/// A straight map from values to pixels.
struct LinearScale: Sendable, Hashable {
  let fromValue: Double
  let toValue: Double
  let fromPixel: Double
  let toPixel: Double

  /// Not a number counts as 0; a reversed or empty span maps everything to the first pixel.
  init(from: Double, to: Double, pixels: (Double, Double)) {
    fromValue = from.isFinite ? from : 0
    toValue = to.isFinite ? to : 0
    (fromPixel, toPixel) = pixels
  }

  func callAsFunction(_ value: Double) -> Double {
    guard toValue > fromValue else { return fromPixel }
    return fromPixel + (value - fromValue) / (toValue - fromValue) * (toPixel - fromPixel)
  }
}
