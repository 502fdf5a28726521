import Documents
import Quantities

/// `predictive:` of a plan file.
public struct PredictiveRecipe: PolicyRecipe {
  public static let name = "predictive"
  /// Nil for 70 % of what a replica carries.
  public var perReplica: RequestRate?
  public var quantile = 0.9
  /// Nil for the time that a replica takes to start.
  public var lead: Duration?
  public var mode = PredictivePolicy.Mode.forecastAndScale
  /// A policy that looks, for what nobody foresaw: the larger of the two counts.
  public var companion: (any PolicyRecipe)?
  public init() {}

  public var title: String {
    let base = "the forecast's \(Fraction(rawValue: quantile)) path"
    if mode == .forecastOnly { return companion.map { "\($0.title) (\(base) only told)" } ?? "\(base), told only" }
    return companion.map { "\(base), or \($0.title) where that is more" } ?? base
  }
  public var minimum: Int? { companion?.minimum }
  public var maximum: Int? { companion?.maximum }
  public var initialUtilization: Double { companion?.initialUtilization ?? 0.7 }

  public var signals: Set<Signal> { companion?.signals ?? [] }

  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    let forecast =
      setting.forecast(quantile)
      ?? TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(60), rawValues: [])
    let own = PredictivePolicy(
      forecast: forecast, perReplica: perReplica ?? setting.capacity * 0.7, lead: lead ?? setting.startup,
      mode: mode, minimum: setting.minimum, maximum: setting.maximum)
    guard let companion else { return own }
    // A forecast that only tells must not hold the replicas where the other policy would let them go.
    if mode == .forecastOnly { return companion.policy(in: setting) }
    return CompositePolicy([companion.policy(in: setting), own])
  }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    [
      TunableSetting("quantile", .share, quantile, from: 0.5, to: 0.99),
      TunableSetting(
        "per replica", .number, (perReplica ?? setting.capacity * 0.7).perSecond,
        from: setting.capacity.perSecond * 0.3,
        to: setting.capacity.perSecond * 0.98),
    ] + (companion?.tunables(in: setting) ?? [])
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count >= 2 else { return self }
    var recipe = self
    recipe.quantile = values[0]
    recipe.perReplica = .perSecond(values[1])
    recipe.companion = companion?.tuned(Array(values.dropFirst(2)), in: setting)
    return recipe
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    var recipe = self
    recipe.companion = companion?.bounded(bounds)
    return recipe
  }
  public func hazards(_ context: HazardContext) -> [Hazard] {
    var hazards = companion?.hazards(context) ?? []
    if let lead, lead < context.startup {
      hazards.append(
        Hazard(
          "lead-below-startup", what: "the lead of \(text(lead.seconds)) s is shorter than a start",
          because: "replicas serve \(text(context.startup.seconds)) s after they are asked for",
          remedy: "write lead: \(NumberFormat.duration(context.startup)) or more, or leave it out"))
    }
    return hazards
  }
}

extension PredictivePolicy {
  static var schema: ObjectSchema {
    ObjectSchema(
      title: "predictive", summary: "What the forecast says will be needed is started in time.",
      fields: [
        Field(
          "per replica", "what one replica should serve", PolicySchema.rate, example: "1400/s",
          default: "70% of its capacity"),
        Field("quantile", "which of the forecast's paths is provided for", PolicySchema.share, default: "90%"),
        Field("lead", "how far ahead it looks", PolicySchema.span, example: "5m", default: "the startup time"),
        Field("forecast only", "say what would be set, and set nothing", .boolean, default: "false"),
      ])
  }

  public static let descriptor: PolicyDescriptor = {
    var object = schema
    object.fields.append(
      Field(
        "with", "a policy that looks, for what nobody foresaw; the larger of the two counts",
        .object(
          ObjectSchema(
            title: "reactive policy", summary: "One policy, as under scaling.", fields: PolicyList.single.map(\.field)))
      ))
    return PolicyDescriptor(
      name: "predictive",
      summary: "Acts on the forecast far enough ahead that replicas serve when the load comes.",
      schema: .object(object),
      example: """
        scaling:
          predictive:
            quantile: 90%
            lead: 5m
            with: { target: { utilization: 70% } }
          maximum: 60
        """
    ) { node, path, reader in
      var recipe = PredictiveRecipe()
      recipe.perReplica = reader.rate(node["per replica"], "\(path).per replica")
      recipe.quantile =
        reader.share(node["quantile"], "\(path).quantile", 0.05...0.99, help: "write 90%") ?? recipe.quantile
      recipe.lead = reader.span(node["lead"], "\(path).lead")
      if node["forecast only"]?.bool == true { recipe.mode = .forecastOnly }
      if let other = node["with"] {
        recipe.companion = reader.policy(of: other, "\(path).with", among: PolicyList.single)
        if other.entries?.isEmpty ?? false {
          reader.fail(
            "'with' names no policy", other, "\(path).with", help: "write with: { target: { utilization: 70% } }")
        }
        // A manifest that is not read yet.
        if recipe.companion == nil { return nil }
      }
      return recipe
    }
  }()
}
