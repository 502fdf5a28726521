import Glibc
import Quantities

/// A number of a policy that a search may choose: what it is called where the user writes it, and between which values
/// a sensible one lies.
public struct TunableSetting: Sendable, Hashable {
  public enum Unit: String, Sendable, Hashable {
    /// Of one: written as `70%`, in whole percent.
    case share
    /// Whole percent, written without the sign: `70`.
    case percent
    case seconds
    case replicas
    /// Three digits.
    case number
  }
  /// `"utilization"`, `"scaleDown.stabilizationWindowSeconds"`.
  public let name: String
  public let unit: Unit
  public let current: Double
  /// What a search tries. The current value may lie outside.
  public let range: ClosedRange<Double>
  /// Whether a factor matters more than a difference.
  public let isLogarithmic: Bool

  /// - Parameter from: the lowest value to try, as `to` is the highest; where they are not finite or in the wrong order, the current value is all that is tried.
  public init(_ name: String, _ unit: Unit, _ current: Double, from: Double, to: Double, isLogarithmic: Bool = false) {
    self.name = name
    self.unit = unit
    self.current = current.isFinite ? current : 0
    range = from.isFinite && to.isFinite && from <= to ? from...to : self.current...self.current
    self.isLogarithmic = isLogarithmic && range.lowerBound > 0
  }

  /// The value at a position between the range's ends (0 and 1), as round as a person would write it.
  public func value(at position: Double) -> Double {
    let p = position.isFinite ? min(max(position, 0), 1) : 0
    let exact =
      isLogarithmic
      ? range.lowerBound * pow(range.upperBound / range.lowerBound, p)
      : range.lowerBound + (range.upperBound - range.lowerBound) * p
    return min(max(rounded(exact), range.lowerBound), range.upperBound)
  }

  /// Where a value lies in the range, clamped to it.
  public func position(of value: Double) -> Double {
    let v = min(max(value, range.lowerBound), range.upperBound)
    guard range.upperBound > range.lowerBound else { return 0 }
    return isLogarithmic
      ? log(v / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (v - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  private func rounded(_ value: Double) -> Double {
    switch unit {
    case .share: (value * 100).rounded() / 100
    case .percent, .replicas: value.rounded()
    case .seconds: value < 60 ? (value / 5).rounded() * 5 : (value / 15).rounded() * 15
    case .number: Self.threeDigits(value)
    }
  }

  private static func threeDigits(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    let unit = pow(10, floor(log10(value)) - 2)
    return unit > 0 && unit.isFinite ? (value / unit).rounded() * unit : value
  }

  /// A value as a plan file or manifest has it: `70%`, `300s`, `24`.
  public func text(_ value: Double) -> String {
    switch unit {
    case .share: Fraction(rawValue: value).description.filter { $0 != " " }
    case .percent: NumberFormat.fixed(value, decimals: 0) + "%"
    case .seconds: NumberFormat.duration(.seconds(value.isFinite ? value : 0)).filter { $0 != " " }
    case .replicas: NumberFormat.fixed(value, decimals: 0)
    case .number: NumberFormat.significant(value, 3)
    }
  }
}

/// Tunable settings that several policies have.
extension HPABehavior {
  /// Windows and percentages of both directions, in the order in which ``tuned(_:)`` takes them.
  ///
  /// - Parameter window: the cluster's own scale-down window, in seconds.
  func tunables(window: Double) -> [TunableSetting] {
    func percent(_ rules: HPAScalingRules, _ otherwise: Double) -> Double {
      rules.policies.first { $0.unit == .percent }.map { Double($0.value) } ?? otherwise
    }
    return [
      TunableSetting(
        "scaleUp.stabilizationWindowSeconds", .seconds, Double(scaleUp.windowSeconds ?? 0), from: 0, to: 120),
      TunableSetting("scaleUp percent", .percent, percent(scaleUp, 100), from: 10, to: 300, isLogarithmic: true),
      TunableSetting(
        "scaleDown.stabilizationWindowSeconds", .seconds, scaleDown.windowSeconds.map(Double.init) ?? window, from: 0,
        to: 1800),
      TunableSetting("scaleDown percent", .percent, percent(scaleDown, 100), from: 5, to: 100, isLogarithmic: true),
    ]
  }

  /// With four values in the order of ``tunables(window:)``.
  func tuned(_ values: ArraySlice<Double>) -> HPABehavior {
    let values = Array(values)
    guard values.count == 4 else { return self }
    var behavior = self
    behavior.scaleUp.windowSeconds = Int(min(max(values[0], 0), 3600))
    behavior.scaleUp.setPercent(Int(min(max(values[1], 1), 100_000)))
    behavior.scaleDown.windowSeconds = Int(min(max(values[2], 0), 3600))
    behavior.scaleDown.setPercent(Int(min(max(values[3], 1), 100)))
    return behavior
  }
}

extension HPAScalingRules {
  fileprivate mutating func setPercent(_ value: Int) {
    if let i = policies.firstIndex(where: { $0.unit == .percent }) {
      policies[i].value = value
    } else {
      policies.append(Policy(.percent, value, periodSeconds: 15))
    }
  }
}

extension HPAMetric {
  /// The metric's goal as a tunable setting, in the manifest's own unit.
  ///
  /// - Parameter capacity: what one replica serves, in requests a second.
  func tunable(_ binding: MetricBinding?, capacity: RequestRate) -> TunableSetting {
    switch goal {
    case .utilization(let percent):
      return TunableSetting("\(name) averageUtilization", .percent, Double(percent), from: 20, to: 95)
    case .value(let quantity), .averageValue(let quantity):
      var isEach = false
      if case .averageValue = goal { isEach = true }
      let value = Double(quantity.milli) / 1000
      let label = "\(name) \(isEach ? "averageValue" : "value")"
      if let binding, binding.signal == .requestRate, isEach {
        let most = capacity.perSecond * binding.scale
        return TunableSetting(label, .number, value, from: most * 0.2, to: most * 0.98)
      }
      if let binding, binding.signal == .utilization {
        return TunableSetting(label, .number, value, from: 0.2 * binding.scale, to: 0.95 * binding.scale)
      }
      return TunableSetting(label, .number, value, from: value / 4, to: value * 4, isLogarithmic: true)
    }
  }

  /// With another goal of the same kind.
  func tuned(_ value: Double) -> HPAMetric {
    var metric = self
    switch goal {
    case .utilization: metric.goal = .utilization(Int(min(max(value, 1), 100_000)))
    case .value: metric.goal = .value(KubernetesQuantity(milli: Int64(min(max(value * 1000, 1), 9e15).rounded())))
    case .averageValue:
      metric.goal = .averageValue(KubernetesQuantity(milli: Int64(min(max(value * 1000, 1), 9e15).rounded())))
    }
    return metric
  }
}
