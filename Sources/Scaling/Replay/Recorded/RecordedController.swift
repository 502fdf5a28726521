import Glibc
import Quantities

/// A controller behind one door, so that a replay's loop knows only looks.
struct RecordedController: Sendable {
  struct Decision {
    var desired: Int
    var because: Reason
    /// A metric was missing, and that decided.
    var isBlind: Bool
  }
  /// KEDA's loops, or a policy that sees one signal of the whole service.
  private enum Other: Sendable {
    case keda(KedaLoops)
    case signal(any ScalingPolicy, Signal)
  }
  // Stored by itself and changed in place: taken out of an enum, it would be copied at each look.
  private var hpa: HPAController?
  private var other: Other?
  private var samples: [HPASample]

  init(hpa controller: HPAController) {
    hpa = controller
    samples = controller.goals.map { _ in .failed }
  }
  init(keda spec: KedaSpec, settings: HPASettings) {
    other = .keda(KedaLoops(spec, settings))
    samples = []
  }
  init(_ policy: any ScalingPolicy, on signal: Signal) {
    other = .signal(policy, signal)
    samples = []
  }

  /// - Parameters:
  ///   - ready: ready pods; NaN where not recorded, then all replicas are.
  ///   - share: by what the value of a single pod is multiplied.
  ///   - values: the metrics first, in the controller's order.
  @inline(__always)
  mutating func look(
    at now: Timestamp, replicas: Int, ready: Double, share: Double, values: [Double], isStale: Bool
  ) -> Decision {
    let readyPods = ready >= 0 ? min(clampedInt32(ready), replicas) : replicas
    if let goals = hpa?.goals {
      for i in samples.indices {
        samples[i] =
          isStale ? .failed : Self.sample(goals[i], values[i], share, ready: readyPods, replicas: replicas)
      }
      let scale = HPAScale(replicas: replicas, status: replicas, ready: readyPods, requestMilli: Self.fullRequest)
      let sync =
        samples.count == 1
        ? hpa?.sync(at: now, scale: scale, sample: samples[0]) : hpa?.sync(at: now, scale: scale, samples: samples)
      if let sync {
        return Decision(desired: sync.replicas, because: sync.because, isBlind: sync.cause == .metricsFailed)
      }
    }
    return otherLook(at: now, replicas: replicas, ready: readyPods, share: share, values: values, isStale: isStale)
  }

  private mutating func otherLook(
    at now: Timestamp, replicas: Int, ready: Int, share: Double, values: [Double], isStale: Bool
  ) -> Decision {
    switch other {
    case .keda(var loops):
      defer { other = .keda(loops) }
      return loops.look(at: now, replicas: replicas, ready: ready, share: share, values: values, isStale: isStale)
    case .signal(var policy, let signal):
      var signals = Signals()
      let value = isStale ? .nan : values[0]
      if signal == .requestRate { signals.demand = value } else { signals.concurrency = value }
      let seen = Observation(
        time: now, replicas: ReplicaCount(desired: replicas, ready: ready, starting: replicas - ready),
        signals: signals)
      let decision = policy.step(seen)
      other = .signal(policy, signal)
      return Decision(desired: decision.desired, because: decision.because, isBlind: value.isNaN)
    case nil: preconditionFailure("a replay has a controller")
    }
  }

  /// Utilization is recorded in percent of the request: with a request of 100 a percent is a unit.
  static let fullRequest: Int64 = 100_000

  @inline(__always)
  static func sample(_ goal: HPAGoal, _ value: Double, _ share: Double, ready: Int, replicas: Int) -> HPASample {
    switch goal.kind {
    case .value, .averageOfValue:
      guard abs(value) < 9e12 else { return .failed }
      return .value(Int64((value * 1000).rounded()))
    case .utilization, .averageOfPods:
      let each = value * share
      // The pods' sum counts in 64 bits of thousandths, as Kubernetes does: 80 GB of memory a pod are fine.
      guard abs(each) * Double(max(1, replicas)) < 9e15 else { return .failed }
      return .uniform(Int64((each * 1000).rounded()), ready: ready, unready: replicas - ready)
    }
  }
}

/// KEDA's two loops, each at its own pace.
struct KedaLoops: Sendable {
  private let spec: KedaSpec
  private let settings: HPASettings
  private var controller: KedaController?
  private var nextPoll = Int64.min
  private var nextSync = Int64.min
  private let pollStep: Int64
  private let syncStep: Int64

  init(_ spec: KedaSpec, _ settings: HPASettings) {
    self.spec = spec
    self.settings = settings
    pollStep = Int64(max(1, spec.pollingInterval)) * 1_000_000_000
    syncStep = max(1_000_000_000, settings.syncPeriod.nanoseconds)
  }

  /// How often one of the two may look.
  var period: Duration { .nanoseconds(greatestCommonDivisor(pollStep, syncStep)) }

  mutating func look(
    at time: Timestamp, replicas: Int, ready: Int, share: Double, values: [Double], isStale: Bool
  ) -> RecordedController.Decision {
    let now = time.nanosecondsSinceEpoch
    var controller = self.controller ?? KedaController(spec.effective, settings: settings, created: time)
    defer { self.controller = controller }
    var metric = 0
    var isBlind = false
    let single = spec.triggers.map { trigger -> KedaController.Reading in
      if case .cron = trigger.kind { return .failed }
      let value = isStale ? .nan : values[metric]
      metric += 1
      guard abs(value) < 9e12 else {
        isBlind = true
        return .failed
      }
      guard case .resource(let resource) = trigger.kind else { return .value(trigger.capped(value)) }
      return .resource(
        RecordedController.sample(HPAGoal(resource), value, share, ready: ready, replicas: replicas))
    }
    let readings = spec.effective(single, at: time)
    var current = replicas
    var because = Reason(.kedaIdle)
    if now >= nextPoll {
      nextPoll = now &+ pollStep
      let look = controller.poll(at: time, replicas: current, readings: readings)
      because = look.because
      current = look.replicas
    }
    if now >= nextSync {
      nextSync = now &+ syncStep
      let scale = HPAScale(
        replicas: current, status: current, ready: min(ready, current), requestMilli: RecordedController.fullRequest)
      let look = controller.sync(at: time, scale: scale, readings: readings)
      // Where KEDA has just acted and the autoscaler leaves it at that, the reason stays KEDA's.
      if current == replicas || look.replicas != current { because = look.because }
      current = look.replicas
    }
    return RecordedController.Decision(desired: current, because: because, isBlind: isBlind)
  }
}
