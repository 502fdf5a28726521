import Quantities

/// Headroom by the kind of product, where nothing better is known: a range, and how fast the service must be
/// able to scale up. The ranges are rules of thumb, marked as assumptions in every report.
public struct HeadroomScenario: Hashable, Sendable {
  public let name: String
  public let range: ClosedRange<Double>
  /// How fast capacity must be able to follow.
  public let scaleUp: String
  public let summary: String

  /// The middle of the range: what a plan takes that names the scenario only.
  public var fraction: Double { (range.lowerBound + range.upperBound) / 2 }

  public static let all: [HeadroomScenario] = [
    HeadroomScenario(
      name: "stable product", range: 0.2...0.3, scaleUp: "within minutes",
      summary: "steady traffic that follows its daily and weekly cycle"),
    HeadroomScenario(
      name: "growing product", range: 0.5...1, scaleUp: "within minutes, quota weeks ahead",
      summary: "traffic that grows by tens of percent a year"),
    HeadroomScenario(
      name: "critical", range: 1...2, scaleUp: "at once: capacity stands ready",
      summary: "payment, fraud, safety: an overload costs more than the fleet"),
    HeadroomScenario(
      name: "new launch", range: 2...3, scaleUp: "before the launch",
      summary: "no history: the first days decide, and nobody knows them"),
    HeadroomScenario(
      name: "holiday", range: 1...2, scaleUp: "weeks ahead",
      summary: "a known season with a lift of several times the usual day"),
  ]

  public static func named(_ name: String) -> HeadroomScenario? { all.first { $0.name == name.lowercased() } }
}
