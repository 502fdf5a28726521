import Documents
import Quantities

/// `step:` of a plan file.
public struct StepScalingRecipe: PolicyRecipe, Hashable {
  public static let name = "step"
  public var signal = Signal.utilization
  public var above = 0.7
  public var below = 0.4
  public var scaleOut: [StepScalingPolicy.Step] = []
  public var scaleIn: [StepScalingPolicy.Step] = []
  public var evaluationPeriodsOut = 3
  public var evaluationPeriodsIn = 15
  public var period = Duration.seconds(60)
  public init() {}

  public var title: String {
    signal == .utilization
      ? "step scaling between \(Fraction(rawValue: below)) and \(Fraction(rawValue: above))"
      : "step scaling on \(signal.rawValue) between \(text(below)) and \(text(above))"
  }
  public var initialUtilization: Double { signal == .utilization ? above : 0.7 }

  public var signals: Set<Signal> { [signal] }

  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    StepScalingPolicy(
      signal: signal, above: above, scaleOut: scaleOut, below: below, scaleIn: scaleIn,
      evaluationPeriodsOut: evaluationPeriodsOut, evaluationPeriodsIn: evaluationPeriodsIn, minimum: setting.minimum,
      maximum: setting.maximum, period: period)
  }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    func alarm(_ name: String, _ value: Double, _ from: Double, _ to: Double) -> TunableSetting {
      switch signal {
      case .utilization: TunableSetting(name, .share, value, from: from, to: to)
      case .requestRate:
        TunableSetting(
          name, .number, value, from: setting.capacity.perSecond * from, to: setting.capacity.perSecond * to)
      default: TunableSetting(name, .number, value, from: value / 4, to: value * 4, isLogarithmic: true)
      }
    }
    return [
      alarm("above", above, 0.3, 0.98), alarm("below", below, 0.1, 0.9),
      TunableSetting("looks out", .replicas, Double(evaluationPeriodsOut), from: 1, to: 5),
      TunableSetting("looks in", .replicas, Double(evaluationPeriodsIn), from: 1, to: 30),
    ]
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == 4 else { return self }
    var recipe = self
    recipe.above = values[0]
    // A gap between the alarms, or the fleet would swing for ever.
    recipe.below = min(values[1], signal == .utilization ? ((values[0] - 0.05) * 100).rounded() / 100 : values[0] * 0.9)
    recipe.evaluationPeriodsOut = Int(min(max(values[2], 1), 1000))
    recipe.evaluationPeriodsIn = Int(min(max(values[3], 1), 1000))
    return recipe
  }
}

extension StepScalingPolicy {
  private static func step(_ verb: String) -> Schema {
    .list(
      .object(
        ObjectSchema(
          title: "step", summary: "What is changed where the breach reaches this distance from the alarm.",
          fields: [
            Field(
              "from", "distance from the alarm, in the signal's unit; a share for utilization",
              .quantity("distance", examples: ["0", "20%"]), example: "20%", default: "0"),
            Field(
              verb, "replicas, or a share of them", .quantity("change", examples: ["4", "10%"]), example: "10%"),
            Field("to", "or exactly so many replicas", .integer, example: "40"),
          ])))
  }

  public static let descriptor = PolicyDescriptor(
    name: "step",
    summary: "Steps by the size of the breach, as AWS step scaling: a little over adds a little, far over a lot.",
    schema: .object(
      ObjectSchema(
        title: "step scaling", summary: "Two alarms, each with steps by the distance from it.",
        fields: [
          Field(
            "signal", "what the alarms watch; totals are taken per replica", PolicySchema.signal,
            default: "utilization"),
          Field(
            "above", "the alarm for more, in the signal's unit", .quantity("level", examples: ["70%", "8"]),
            required: true, example: "70%"),
          Field(
            "below", "the alarm for less", .quantity("level", examples: ["40%", "3"]), required: true, example: "40%"),
          Field("scale out", "steps from the upper alarm", step("add"), required: true),
          Field("scale in", "steps from the lower alarm", step("remove"), required: true),
          Field("looks out", "periods in a row that the upper alarm must hold", .integer, default: "3"),
          Field("looks in", "periods in a row that the lower alarm must hold", .integer, default: "15"),
          Field("period", "how often the alarms are judged", PolicySchema.span, default: "60s"),
        ])),
    example: """
      scaling:
        step:
          above: 70%
          below: 40%
          scale out: [{ from: 0, add: 10% }, { from: 20%, add: 30% }]
          scale in: [{ from: 0, remove: 10% }]
        minimum: 2
        maximum: 60
      """
  ) { node, path, reader in
    var recipe = StepScalingRecipe()
    if let word = node["signal"]?.text, let signal = Signal(rawValue: String(word.map { $0 == " " ? "_" : $0 })) {
      recipe.signal = signal
    }
    let above = reader.level(node["above"], "\(path).above")
    let below = reader.level(node["below"], "\(path).below")
    recipe.scaleOut = reader.steps(node["scale out"], "\(path).scale out", "add")
    recipe.scaleIn = reader.steps(node["scale in"], "\(path).scale in", "remove")
    recipe.evaluationPeriodsOut = reader.count(node["looks out"], "\(path).looks out", 1...1000) ?? 3
    recipe.evaluationPeriodsIn = reader.count(node["looks in"], "\(path).looks in", 1...1000) ?? 15
    recipe.period = reader.span(node["period"], "\(path).period", atLeast: .seconds(1)) ?? recipe.period
    guard let above, let below else { return nil }
    if below >= above {
      reader.fail(
        "'below' is not below 'above'", node["below"], "\(path).below", help: "leave a gap between the alarms")
    }
    recipe.above = above
    recipe.below = below
    return recipe
  }
}

extension PolicyReader {
  /// A level or a distance of a signal: a plain number, or a share.
  fileprivate mutating func level(_ node: Node?, _ path: String) -> Double? {
    guard let node, let written = node.text else { return nil }
    if let number = node.number, number >= 0, number.isFinite { return number }
    guard let share = try? Fraction.parse(written), share.rawValue >= 0 else {
      fail("'\(FieldReader.last(path))' is not a level: \"\(written)\"", node, path, help: "write 70% or a number")
      return nil
    }
    return share.rawValue
  }

  fileprivate mutating func steps(_ node: Node?, _ path: String, _ verb: String) -> [StepScalingPolicy.Step] {
    var steps: [StepScalingPolicy.Step] = []
    for (i, one) in (node?.elements ?? []).enumerated() {
      let here = "\(path)[\(i)]"
      let from = one["from"] == nil ? 0 : level(one["from"], "\(here).from")
      var change: StepScalingPolicy.Adjustment?
      if let exact = count(one["to"], "\(here).to", 0...10_000_000) { change = .exactly(exact) }
      if let written = one[verb], let word = written.text {
        if let whole = written.integer, whole > 0, whole <= 10_000_000 {
          change = .replicas(whole)
        } else if word.hasSuffix("%"), let share = try? Fraction.parse(word), share.rawValue > 0, share.rawValue <= 100
        {
          change = .percent(share.rawValue * 100)
        } else {
          fail(
            "'\(verb)' is neither a number of replicas nor a share: \"\(word)\"", written, "\(here).\(verb)",
            help: "write \(verb): 4 or \(verb): 10%")
          continue
        }
      }
      guard let change else {
        if one.entries != nil { fail("the step changes nothing", one, here, help: "write \(verb): 10% or to: 40") }
        continue
      }
      if let from { steps.append(StepScalingPolicy.Step(from: from, change)) }
    }
    return steps
  }
}
