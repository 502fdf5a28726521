import Catalogs
import Documents
import Glibc
import Quantities
import Serving

/// Spare capacity over the expected peak: given, by the kind of product, or derived from what it must cover.
enum HeadroomSlice: PlanSlice {
  typealias Spec = HeadroomSpec
  typealias Settings = HeadroomSettings
  typealias Answer = HeadroomOutcome

  static func fields(_ format: PlanFormat) -> [Field] {
    [
      Field(
        "headroom", "spare capacity over the expected peak: a share, a scenario by name, or what it must cover",
        .any(
          of: [
            .quantity("fraction or scenario", examples: ["50%"] + HeadroomScenario.all.map { $0.name }), .object(cover),
          ],
          description: "a share, a scenario, or { cover: ... }"), example: "growing product", default: "stable product")
    ]
  }

  static let cover = ObjectSchema(
    title: "derived headroom", summary: "Headroom derived from what it must cover; the parts are never counted twice.",
    fields: [
      Field(
        "cover", "what the spare capacity is for",
        .object(
          ObjectSchema(
            title: "cover", summary: "Each key adds one part.",
            fields: [
              Field(
                "forecast error", "hold the peak at this quantile of the forecast", UnitSchema.share, example: "90%"),
              Field(
                "capacity error",
                "hold it with a capacity that is only estimated, too; held with the forecast's where both are uncertain",
                UnitSchema.share, example: "90%", default: "the forecast error's, or 90%"),
              Field(
                "failures", "what may fail at the peak", .quantity("number of failures", examples: ["1 of 3 zones"])),
              Field("scaling lag", "demand may climb while replicas start", .boolean, example: "true"),
              Field("growth until", "how long until the next plan is in force", UnitSchema.span, example: "30d"),
              Field("together", "failures and scaling lag at the same time", .boolean, default: "false"),
            ])), required: true)
    ])

  // MARK: Reading

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> HeadroomSpec {
    HeadroomSpec(choice: plan["headroom"].flatMap { choice($0, &reader) })
  }

  private static func choice(_ node: Node, _ reader: inout NodeReader) -> HeadroomChoice? {
    if !node.isNull { reader.remember(node, "headroom") }
    if let text = node.text {
      if let scenario = HeadroomScenario.named(text) { return .scenario(scenario) }
      if let share = try? Fraction.parse(text), share.rawValue >= 0, share.rawValue <= 100 {
        return .fraction(share.rawValue)
      }
      let names = HeadroomScenario.all.map { $0.name }
      let near = nearest(text.lowercased(), in: names)
      reader.fail(
        "'headroom' is neither a share nor a scenario: \"\(text)\"", node, "headroom",
        help: near.map { "did you mean '\($0)'?" } ?? "write 50% or one of: \(names.joined(separator: ", "))")
      return nil
    }
    guard let node = node["cover"] else { return nil }
    var cover = HeadroomChoice.Cover()
    let quantiles = 0.5...0.9999
    let help = "write the quantile to hold, as 90%"
    cover.forecastError = reader.share(
      node["forecast error"], "headroom.cover.forecast error", quantiles, help: help)
    cover.capacityError = reader.share(
      node["capacity error"], "headroom.cover.capacity error", quantiles, help: help)
    cover.failures = FleetSlice.readFailures(node["failures"], "headroom.cover.failures", &reader)
    cover.scalingLag = reader.flag(node["scaling lag"], "headroom.cover.scaling lag") ?? false
    cover.growthUntil = reader.quantity(node["growth until"], "headroom.cover.growth until")
    cover.together = reader.flag(node["together"], "headroom.cover.together") ?? false
    return .cover(cover)
  }

  // MARK: Resolving

  static func resolve(_ resolver: inout PlanResolver) -> HeadroomSettings? {
    if case .cover(let cover)? = resolver.spec.headroom.choice, cover.capacityError != nil,
      resolver.plan.has(ServiceSlice.self), resolver.plan.service.capacity.isCertain
    {
      resolver.warn(
        "'capacity error' covers nothing: the capacity is stated without doubt", "headroom.cover.capacity error",
        help: "write capacity: { low: 1800/s, mid: 2000/s, high: 2100/s }, measure it, or take the key out")
    }
    return HeadroomSettings(
      choice: resolver.spec.headroom.choice ?? .scenario(HeadroomScenario.all[0]),
      isDefault: resolver.spec.headroom.choice == nil)
  }
}

/// How much spare capacity, as written.
public struct HeadroomSpec: Sendable {
  public var choice: HeadroomChoice?
}

public struct HeadroomSettings: Sendable {
  public var choice: HeadroomChoice
  public var isDefault: Bool
}

/// How much spare capacity: a share, a scenario, or what it must cover.
public enum HeadroomChoice: Sendable, Equatable {
  case fraction(Double)
  case scenario(HeadroomScenario)
  case cover(Cover)

  public struct Cover: Sendable, Equatable {
    /// The quantile of the peak that must be held, 0.9 for nine years in ten.
    public var forecastError: Double?
    /// The quantile at which a capacity that is only estimated must be held.
    public var capacityError: Double?
    public var failures: FailureTolerance?
    public var scalingLag = false
    /// How long until the next plan is in force.
    public var growthUntil: Duration?
    public var together = false
  }
}

/// How much spare, and what it consists of.
public struct HeadroomOutcome: Sendable {
  /// Provisioned over expected peak, less one.
  public var fraction: Double
  /// Where it comes from: `"scenario 'growing product'"`, `"given"`, `"derived"`.
  public var origin: String
  /// Empty where the headroom was given or taken from a scenario.
  public var parts: [HeadroomPart]
  public var scenario: HeadroomScenario?
}

extension PlanSpec {
  public var headroom: HeadroomSpec { self[HeadroomSlice.self] }
}

extension Plan {
  public var headroom: HeadroomSettings {
    get { self[HeadroomSlice.self] }
    set { self[HeadroomSlice.self] = newValue }
  }
}

extension PlanOutcome {
  public var headroom: HeadroomOutcome { self[HeadroomSlice.self] }
}

extension String {
  var replacingSpaces: String { split(separator: " ").joined(separator: "-") }
}
