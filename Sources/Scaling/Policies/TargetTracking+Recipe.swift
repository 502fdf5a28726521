import Documents
import Quantities

/// `target:` of a plan file.
public struct TargetTrackingRecipe: PolicyRecipe, Hashable {
  public static let name = "target"
  public var signal = Signal.utilization
  /// The load per replica to keep, in the signal's unit.
  public var target = 0.7
  public var scaleInMargin = Fraction.percent(10)
  public var scaleInStep = Fraction.percent(10)
  public var scaleInCooldown = Duration.seconds(300)
  public var period = Duration.seconds(15)

  public init(signal: Signal = .utilization, target: Double = 0.7, scaleInCooldown: Duration = .seconds(300)) {
    self.signal = signal
    self.target = target
    self.scaleInCooldown = scaleInCooldown
  }

  public var title: String {
    switch signal {
    case .utilization: "target tracking at \(Fraction(rawValue: target))"
    case .requestRate: "target tracking at \(text(target)) req/s per replica"
    case .concurrency: "target tracking at \(text(target)) concurrent requests per replica"
    case .queueDepth: "target tracking at \(text(target)) waiting requests per replica"
    case .p99Latency: "target tracking of latency"
    }
  }
  public var initialUtilization: Double { signal == .utilization ? target : 0.7 }

  public var signals: Set<Signal> { [signal] }

  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    TargetTrackingPolicy(
      signal: signal, target: target, minimum: setting.minimum, maximum: setting.maximum,
      scaleInMargin: scaleInMargin, scaleInStep: scaleInStep, scaleInCooldown: scaleInCooldown, period: period)
  }

  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    let load =
      switch signal {
      case .utilization: TunableSetting("utilization", .share, target, from: 0.2, to: 0.95)
      case .requestRate:
        TunableSetting(
          "requests", .number, target, from: setting.capacity.perSecond * 0.2, to: setting.capacity.perSecond * 0.98)
      case .concurrency:
        TunableSetting("concurrency", .number, target, from: target / 4, to: target * 4, isLogarithmic: true)
      case .queueDepth: TunableSetting("queue", .number, target, from: target / 4, to: target * 4, isLogarithmic: true)
      case .p99Latency:
        TunableSetting("latency", .number, target, from: target / 2, to: target * 2, isLogarithmic: true)
      }
    return [
      load, TunableSetting("cooldown", .seconds, scaleInCooldown.seconds, from: 0, to: 1800),
      TunableSetting("margin", .share, scaleInMargin.rawValue, from: 0.02, to: 0.4),
      TunableSetting("step", .share, scaleInStep.rawValue, from: 0.02, to: 1, isLogarithmic: true),
    ]
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == 4 else { return self }
    var recipe = self
    recipe.target = values[0]
    recipe.scaleInCooldown = .seconds(max(0, values[1]))
    recipe.scaleInMargin = Fraction(rawValue: values[2])
    recipe.scaleInStep = Fraction(rawValue: values[3])
    return recipe
  }

  public func hazards(_ context: HazardContext) -> [Hazard] {
    guard signal == .utilization, target > context.safeUtilization else { return [] }
    return [
      Hazard(
        "target-beyond-objective", what: "the target of \(Fraction(rawValue: target)) lies above what is safe",
        because: "the objective holds up to about \(Fraction(rawValue: context.safeUtilization)) busy",
        remedy: "write utilization: \(Fraction(rawValue: context.safeUtilization * 0.9))")
    ]
  }
}

extension TargetTrackingPolicy {
  private static let loads: [(key: String, signal: Signal)] = [
    ("utilization", .utilization), ("requests", .requestRate), ("concurrency", .concurrency), ("queue", .queueDepth),
  ]

  public static let descriptor = PolicyDescriptor(
    name: "target",
    summary: "Keeps the load per replica near a target: out at once and in proportion, in slowly. "
      + "The right start for most services.",
    schema: .object(
      ObjectSchema(
        title: "target tracking", summary: "Out at once in proportion, in gradually. At most one load is the target.",
        fields: [
          Field("utilization", "the busy share to keep", PolicySchema.share, example: "70%", default: "70%"),
          Field("requests", "or the request rate of a replica", PolicySchema.rate, example: "1400/s"),
          Field("concurrency", "or the requests in a replica, in service or waiting", .number, example: "8"),
          Field("queue", "or the requests that wait, per replica", .number, example: "5"),
          Field("cooldown", "wait between two steps in", PolicySchema.span, example: "5m", default: "5m"),
          Field("margin", "how far below the target before replicas go", PolicySchema.share, default: "10%"),
          Field("step", "the most that goes at once, at least one replica", PolicySchema.share, default: "10%"),
          Field("period", "how often it looks", PolicySchema.span, default: "15s"),
        ])),
    example: """
      scaling:
        target: { utilization: 70%, cooldown: 5m }
        minimum: 2
        maximum: 60
      """
  ) { node, path, reader in
    var recipe = TargetTrackingRecipe()
    let given = loads.filter { node[$0.key] != nil }
    if given.count > 1 {
      reader.fail(
        "several loads are the target: \(given.map(\.key).joined(separator: ", "))", node, path,
        help: "keep one of them, or write composite: [...] of one target each")
    }
    if let chosen = given.first {
      recipe.signal = chosen.signal
      let here = "\(path).\(chosen.key)"
      switch chosen.signal {
      case .utilization:
        recipe.target =
          reader.share(node["utilization"], here, 0.01...1, help: "write a share above 0 and at most 100%")
          ?? recipe.target
      case .requestRate: recipe.target = reader.rate(node["requests"], here)?.perSecond ?? 1
      default: recipe.target = reader.number(node[chosen.key], here) ?? 1
      }
    }
    recipe.scaleInCooldown = reader.span(node["cooldown"], "\(path).cooldown") ?? recipe.scaleInCooldown
    recipe.period = reader.span(node["period"], "\(path).period", atLeast: .seconds(1)) ?? recipe.period
    if let margin = reader.share(node["margin"], "\(path).margin", 0...0.9, help: "write 10%") {
      recipe.scaleInMargin = Fraction(rawValue: margin)
    }
    if let step = reader.share(node["step"], "\(path).step", 0.001...1, help: "write 10%") {
      recipe.scaleInStep = Fraction(rawValue: step)
    }
    return recipe
  }
}
