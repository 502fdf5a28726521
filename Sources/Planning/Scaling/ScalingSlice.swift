import Catalogs
import Documents
import Quantities
import Scaling

/// Who changes the number of replicas, and between which bounds.
enum ScalingSlice: PlanSlice {
  typealias Spec = ScalingSpec
  typealias Settings = ScalingSettings
  typealias Answer = ScalingBounds

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("scaling", "who changes the number of replicas", .object(scaling))]
  }

  static let scaling = ObjectSchema(
    title: "scaling", summary: "At most one policy, and the bounds.",
    fields: PolicyList.all.map(\.field) + [
      Field("minimum", "lower bound of replicas", .integer, example: "10"),
      Field("maximum", "upper bound of replicas", .integer, example: "200"),
      Field(
        "metric delay", "how long a measurement takes to reach the policy", UnitSchema.span, example: "30s",
        default: "30s"),
    ])

  // MARK: Reading

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> ScalingSpec {
    var spec = ScalingSpec()
    guard let node = plan["scaling"] else { return spec }
    let given = PolicyList.all.filter { node[$0.name].map { !$0.isNull && $0.bool != false } ?? false }
    spec.isGiven = !given.isEmpty
    if spec.isGiven {
      spec.node = node
      // Without files: what a manifest says is read when the plan is resolved.
      var policies = PolicyReader()
      spec.policy = policies.policy(of: node, "scaling")
      reader.merge(policies.problems)
    }
    spec.minimum = reader.count(node["minimum"], "scaling.minimum", 0...10_000_000)
    spec.maximum = reader.count(node["maximum"], "scaling.maximum", 1...10_000_000)
    if let low = spec.minimum, let high = spec.maximum, low > high {
      reader.fail("'minimum' is above 'maximum'", node, "scaling", help: "write minimum <= maximum")
    }
    if let delay: Duration = reader.quantity(node["metric delay"], "scaling.metric delay") { spec.metricDelay = delay }
    return spec
  }

  // MARK: Resolving

  static func resolve(_ resolver: inout PlanResolver) -> ScalingSettings? {
    let spec = resolver.spec.scaling
    var policy = spec.policy
    if let node = spec.node {
      var reader = PolicyReader(files: resolver.files, zones: resolver.zone)
      policy = reader.policy(of: node, "scaling")
      resolver.reader.merge(reader.problems)
    }
    guard let policy else { return nil }
    if policy.signals.contains(.concurrency), resolver.plan.has(ServiceSlice.self),
      resolver.plan.service.model.mid.metrics.isEmpty
    {
      resolver.fail(
        "\(policy.title) looks at concurrency, which nobody can tell from a capacity alone", "scaling",
        at: spec.node?.location, help: "add service time: 20ms under service")
    }
    return ScalingSettings(
      policy: policy, minimum: spec.minimum ?? policy.minimum, maximum: spec.maximum ?? policy.maximum,
      metricDelay: spec.metricDelay, isGiven: spec.isGiven, isMaximumOfPolicy: spec.maximum == nil)
  }

  // MARK: Answering

  /// The bounds: stated, or those of the ordinary week and of the provisioned rate.
  static func answer(_ draft: inout PlanDraft) -> ScalingBounds {
    let settings = draft.plan.scaling
    let sizing = draft[SizingSlice.self]
    let minimum = settings.minimum ?? max(1, sizing.hourOfWeek.min() ?? sizing.replicas)
    return ScalingBounds(minimum: minimum, maximum: settings.maximum ?? max(sizing.replicas, minimum))
  }

  static func judge(_ draft: inout PlanDraft) {
    judgeBounds(&draft)
    judgePolicy(&draft)
  }

  private static func judgeBounds(_ draft: inout PlanDraft) {
    let settings = draft.plan.scaling
    let sizing = draft[SizingSlice.self]
    guard let maximum = settings.maximum, maximum < sizing.replicas else { return }
    let held = draft.plan.carried(by: maximum).mid
    let peak = draft[DemandSlice.self].peak.mid
    draft.tell(
      ScalingFinding.maximumTooLow(
        ScalingFinding.MaximumTooLow(
          maximum: maximum, replicas: sizing.replicas, carried: held, provisioned: sizing.provisioned, peak: peak,
          isOfPolicy: settings.isMaximumOfPolicy && settings.policy.maximum != nil)))
  }

  /// What is known to go wrong with the policy's settings on this service and demand. A policy that the plan does not
  /// state is headroom's own and is judged by its simulation alone.
  private static func judgePolicy(_ draft: inout PlanDraft) {
    guard draft.plan.scaling.isGiven, let future = draft[DemandSlice.self].paths.first else { return }
    let context = HazardContext(
      startup: draft.plan.service.startup.mean, metricDelay: draft.plan.scaling.metricDelay,
      replicaCapacity: draft[ServiceSlice.self].capacity.mid, demand: future)
    for hazard in draft.plan.policy.hazards(context) { draft.tell(ScalingFinding.hazard(hazard)) }
  }
}

/// Who changes the number of replicas, and between which bounds, as written.
public struct ScalingSpec: Sendable {
  /// The policy; nil while a manifest that it names is not read yet.
  public var policy: (any PolicyRecipe)? = TargetTrackingRecipe()
  public var minimum: Int?
  public var maximum: Int?
  /// How long a measurement takes to reach the policy.
  public var metricDelay: Duration = .seconds(30)
  public var isGiven = false
  /// What stands under `scaling:`, for reading the manifests that it names.
  var node: Node?
}

public struct ScalingSettings: Sendable {
  /// The policy, with its manifest read.
  public var policy: any PolicyRecipe
  /// Bounds as the plan or the policy states them; nil where neither does.
  public var minimum: Int?
  public var maximum: Int?
  public var metricDelay: Duration
  public var isGiven: Bool
  var isMaximumOfPolicy: Bool
}

/// The bounds between which the policy moves.
public struct ScalingBounds: Hashable, Sendable {
  public var minimum: Int
  public var maximum: Int

  public init(minimum: Int, maximum: Int) {
    self.minimum = minimum
    self.maximum = maximum
  }
}

extension PlanSpec {
  public var scaling: ScalingSpec { self[ScalingSlice.self] }
}

extension Plan {
  public var scaling: ScalingSettings {
    get { self[ScalingSlice.self] }
    set { self[ScalingSlice.self] = newValue }
  }
  public var policy: any PolicyRecipe {
    get { scaling.policy }
    set { scaling.policy = newValue }
  }
}

extension PlanOutcome {
  public var bounds: ScalingBounds {
    get { self[ScalingSlice.self] }
    set { self[ScalingSlice.self] = newValue }
  }
}
