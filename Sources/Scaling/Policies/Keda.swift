import Documents
import Quantities

/// A KEDA ScaledObject on the signals of a simulated service: KEDA's own loop and its HorizontalPodAutoscaler, each
/// at its own pace.
///
/// The reason of a decision tells whose it is: KEDA's rules are named `keda-...`.
public struct KedaPolicy: ScalingPolicy {
  public let spec: KedaSpec
  /// How often one of the two may look: their greatest common divisor.
  public let period: Duration
  private let settings: HPASettings
  private let bindings: [MetricBinding?]
  /// Triggers that no signal tells and that are left out, since others are told.
  public let unsimulated: [String]
  private var controller: KedaController?
  private var nextPoll = Int64.min
  private var nextSync = Int64.min
  private let pollStep: Int64
  private let syncStep: Int64

  /// - Parameter signals: signals for triggers by name; the others are bound by the words of their names or queries.
  /// - Throws: a diagnostic for each trigger that no signal tells.
  public init(
    _ spec: KedaSpec, settings: HPASettings = HPASettings(), signals: [String: SignalMapping] = [:]
  ) throws(Diagnostics) {
    // What is not known how to read is left out where something else drives the service.
    func isUnread(_ trigger: KedaSpec.Trigger) -> Bool {
      if case .metric = trigger.kind { return trigger.isOpaque && trigger.binding(signals) == nil }
      return false
    }
    var spec = spec
    let unread = spec.triggers.filter(isUnread)
    let isDriven = unread.count < spec.triggers.count && spec.modifiers == nil
    if isDriven { spec.triggers.removeAll(where: isUnread) }
    unsimulated = isDriven ? unread.map(\.name) : []
    self.spec = spec
    self.settings = settings
    var bindings: [MetricBinding?] = []
    var problems = Diagnostics()
    for (i, trigger) in spec.triggers.enumerated() {
      switch trigger.kind {
      case .cron: bindings.append(nil)
      case .resource(let metric):
        let bound = try? MetricBinding.bind([metric], signals: signals).first
        if bound == nil { problems.append(Self.unbound(trigger, i)) }
        bindings.append(bound)
      case .metric:
        let bound = trigger.binding(signals)
        if bound == nil { problems.append(Self.unbound(trigger, i)) }
        bindings.append(bound)
      }
    }
    try problems.throwIfErrors()
    self.bindings = bindings
    pollStep = Int64(max(1, spec.pollingInterval)) * 1_000_000_000
    syncStep = max(1_000_000_000, settings.syncPeriod.nanoseconds)
    period = .nanoseconds(greatestCommonDivisor(pollStep, syncStep))
  }

  private static func unbound(_ trigger: KedaSpec.Trigger, _ i: Int) -> Diagnostic {
    .error(
      "nothing in the simulation tells what trigger '\(trigger.name)' (\(trigger.type)) reads", at: nil,
      path: "triggers[\(i)]",
      help: "map it: signals: { \(trigger.name): \(Signal.queueDepth.rawValue) }, or one of "
        + Signal.allCases.map(\.rawValue).joined(separator: ", "))
  }

  public var reads: SignalSet { SignalSet(bindings.compactMap { $0.map { SignalSet($0.signal) } }) }

  public mutating func step(_ observation: Observation) -> Decision {
    let now = observation.time.nanosecondsSinceEpoch
    var controller = self.controller ?? KedaController(spec.effective, settings: settings, created: observation.time)
    var readings = spec.triggers.indices.map { reading($0, observation) }
    readings = spec.effective(readings, at: observation.time)
    var replicas = max(0, observation.replicas.desired)
    var decision = Decision(desired: replicas, because: Reason(.kedaIdle))
    if now >= nextPoll {
      nextPoll = now &+ pollStep
      let look = controller.poll(at: observation.time, replicas: replicas, readings: readings)
      decision = Decision(desired: look.replicas, because: look.because)
    }
    if now >= nextSync {
      nextSync = now &+ syncStep
      let changed = decision.desired != replicas
      replicas = decision.desired
      let scale = HPAScale(
        replicas: replicas, status: max(0, observation.replicas.ready + observation.replicas.starting),
        ready: max(0, observation.replicas.ready))
      let look = controller.sync(at: observation.time, scale: scale, readings: readings)
      // Where KEDA has just acted and the autoscaler leaves it at that, the reason stays KEDA's.
      if !changed || look.replicas != replicas { decision = Decision(desired: look.replicas, because: look.because) }
    }
    self.controller = controller
    return decision
  }

  private func reading(_ i: Int, _ observation: Observation) -> KedaController.Reading {
    guard let binding = bindings[i] else { return .failed }
    let ready = max(0, observation.replicas.ready)
    var value = observation.signals[binding.signal] * binding.scale
    if let detail = observation.detail { value = detail.value(of: spec.triggers[i].name) ?? .nan }
    guard value.isFinite, abs(value) < 9e12 else { return .failed }
    let trigger = spec.triggers[i]
    if case .resource = trigger.kind {
      // A share or a size of each pod.
      if observation.detail == nil { value = binding.value(ofEach: observation.signals[binding.signal], ready: ready) }
      guard value.isFinite, abs(value) < 9e12 else { return .failed }
      return .resource(
        .uniform(Int64((value * 1000).rounded()), ready: ready, unready: max(0, observation.replicas.starting)))
    }
    if observation.detail == nil {
      if binding.base != 0 { value = binding.value(ofAll: observation.signals[binding.signal], ready: ready) }
      // An average of the pods is divided by them before it is read, and by the autoscaler once more.
      if trigger.isAverage, binding.signal.isTotal || binding.base != 0 { value /= Double(max(1, ready)) }
    }
    return .value(trigger.capped(value))
  }
}

/// The greatest common divisor of two positive numbers.
func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}
