import Glibc
import Quantities

/// KEDA and the HorizontalPodAutoscaler that it makes: two controllers, each at its own pace, on one number.
///
/// KEDA moves a service between none (or idle) and some; between one and many the autoscaler moves it, which reads
/// the same metrics every 15 s. Rules: `pkg/scaling/executor`, `pkg/fallback` of kedacore/keda.
public struct KedaController: Sendable {
  /// What a trigger reads at one moment.
  public enum Reading: Sendable, Hashable {
    /// A value of a metric trigger, in its own unit.
    case value(Double)
    /// What the pods report of a resource.
    case resource(HPASample)
    /// The source did not answer.
    case failed
  }
  /// Who changes the replicas.
  public enum Owner: String, Sendable, Hashable { case keda, hpa }
  /// One controller's look: what it leaves behind and why.
  public struct Look: Sendable, Hashable {
    public var owner: Owner
    public var replicas: Int
    public var because: Reason
  }

  public let spec: KedaSpec
  private var hpa: HPAController
  private var windows: [CronWindow?]
  /// Failures in a row, by trigger.
  private var failures: [Int]
  private var lastActive: Timestamp?
  private let created: Timestamp

  /// - Parameter created: when the ScaledObject was made.
  public init(_ spec: KedaSpec, settings: HPASettings = HPASettings(), created: Timestamp) {
    self.spec = spec
    self.created = created
    hpa = HPAController(spec.hpa, settings: settings)
    windows = spec.triggers.map {
      if case .cron(let window, _) = $0.kind { window } else { nil }
    }
    failures = Array(repeating: 0, count: spec.triggers.count)
  }

  // MARK: KEDA's own loop

  /// KEDA looks: every polling interval.
  public mutating func poll(at now: Timestamp, replicas: Int, readings: [Reading]) -> Look {
    if spec.pause.isWhole {
      let kept = spec.pause.replicas ?? replicas
      return look(kept, .kedaPaused, measured: Double(replicas), limit: Double(kept))
    }
    var isActive = false
    var hasFailed = false
    for i in spec.triggers.indices {
      switch spec.triggers[i].kind {
      case .metric(_, let activation):
        guard i < readings.count, case .value(let value) = readings[i], value.isFinite else {
          hasFailed = true
          continue
        }
        if value > activation { isActive = true }
      case .cron:
        if windows[i]?.contains(now) ?? false { isActive = true }
      case .resource: continue
      }
    }
    // CPU and memory have a say only where there is nothing else: KEDA then leaves all to the autoscaler.
    if !hasFailed, spec.triggers.allSatisfy({ $0.isResource }) { isActive = true }
    return isActive ? wake(at: now, replicas, hasFailed) : rest(at: now, replicas, hasFailed)
  }

  private mutating func wake(at now: Timestamp, _ replicas: Int, _ hasFailed: Bool) -> Look {
    if replicas == 0 || (spec.idleReplicaCount != nil && replicas < spec.minReplicaCount) {
      lastActive = now
      let wanted = max(1, spec.minReplicaCount)
      return look(wanted, .kedaWoke, measured: Double(replicas), limit: Double(wanted))
    }
    // With a failing trigger beside an active one, the time of activity stands still.
    if !hasFailed { lastActive = now }
    return look(replicas, .kedaActive)
  }

  private func rest(at now: Timestamp, _ replicas: Int, _ hasFailed: Bool) -> Look {
    if hasFailed {
      if let fallback = spec.fallback, fallback.replicas != 0 {
        return look(fallback.replicas, .kedaFellBack, measured: Double(replicas), limit: Double(fallback.replicas))
      }
      if spec.fallback == nil { return look(replicas, .kedaCannotSee) }
    }
    let resting = spec.idleReplicaCount ?? spec.minReplicaCount
    if replicas > 0, replicas > resting, spec.idleReplicaCount != nil || spec.minReplicaCount == 0 {
      let waited = now - (lastActive ?? created)
      let cooldown = Duration.seconds(lastActive == nil ? spec.initialCooldownPeriod : spec.cooldownPeriod)
      guard waited > cooldown else {
        return look(replicas, .kedaCoolsDown, measured: waited.seconds, limit: cooldown.seconds)
      }
      return look(resting, .kedaPutToSleep, measured: Double(replicas), limit: waited.seconds)
    }
    if spec.idleReplicaCount == nil, replicas < spec.minReplicaCount {
      return look(spec.minReplicaCount, .kedaRaised, measured: Double(replicas), limit: Double(spec.minReplicaCount))
    }
    return look(replicas, .kedaIdle)
  }

  private func look(_ replicas: Int, _ rule: Rule, measured: Double = .nan, limit: Double = .nan) -> Look {
    Look(owner: .keda, replicas: replicas, because: Reason(rule, measured: measured, limit: limit, proposed: replicas))
  }

  // MARK: The autoscaler's loop

  /// The autoscaler syncs: every 15 s. A failing trigger reads as its fallback once it has failed often enough.
  public mutating func sync(at now: Timestamp, scale: HPAScale, readings: [Reading]) -> Look {
    // While all is paused KEDA takes the autoscaler away.
    if spec.pause.isWhole {
      let kept = Double(spec.pause.replicas ?? scale.replicas)
      return look(scale.replicas, .kedaPaused, measured: Double(scale.replicas), limit: kept)
    }
    var samples: [HPASample] = []
    samples.reserveCapacity(spec.triggers.count)
    for i in spec.triggers.indices {
      samples.append(sample(i, at: now, scale, i < readings.count ? readings[i] : .failed))
    }
    let sync = hpa.sync(at: now, scale: scale, samples: samples)
    return Look(owner: .hpa, replicas: sync.replicas, because: sync.because)
  }

  private mutating func sample(_ i: Int, at now: Timestamp, _ scale: HPAScale, _ reading: Reading) -> HPASample {
    switch spec.triggers[i].kind {
    case .resource:
      if case .resource(let sample) = reading { return sample }
      return .failed
    case .cron(_, let replicas):
      return .value(windows[i]?.contains(now) ?? false ? Int64(replicas) * 1000 : 0)
    case .metric(let threshold, _):
      // The metrics adapter cuts to whole thousandths.
      if case .value(let value) = reading, abs(value) < 9e15 {
        failures[i] = 0
        return .value(Int64(value * 1000))
      }
      failures[i] += 1
      guard let fallback = spec.fallback, failures[i] > fallback.failureThreshold else { return .failed }
      let pods = replicas(of: fallback, current: scale.replicas)
      if spec.triggers[i].isTotal {
        guard scale.ready > 0 else { return .failed }
        // In 64 bits: a target of bytes times some pods passes 32 bits at once.
        let value = Double(threshold.milli) * Double(pods) / Double(scale.ready)
        return .value(value < 9e18 ? Int64(value) : .max)
      }
      return .value(threshold.milli.multipliedReportingOverflow(by: Int64(pods)).partialValue)
    }
  }

  private func replicas(of fallback: KedaSpec.Fallback, current: Int) -> Int {
    switch fallback.behavior {
    case .static: fallback.replicas
    case .currentReplicas: current
    case .currentReplicasIfHigher: max(current, fallback.replicas)
    case .currentReplicasIfLower: min(current, fallback.replicas)
    }
  }
}

extension Rule {
  public static let kedaWoke = Rule("keda-woke", "KEDA: a trigger is active, from {measured} to {limit} replicas")
  public static let kedaActive = Rule("keda-active", "KEDA: a trigger is active, the autoscaler decides")
  public static let kedaIdle = Rule("keda-idle", "KEDA: nothing is active and nothing is to do")
  public static let kedaFellBack = Rule(
    "keda-fell-back",
    "KEDA: a trigger cannot be read and none is active: fallback to {limit} replicas")
  public static let kedaCannotSee = Rule(
    "keda-cannot-see",
    "KEDA: a trigger cannot be read and there is no fallback: the replicas stay")
  public static let kedaCoolsDown = Rule(
    "keda-cools-down",
    "KEDA: nothing is active for {measured} s of the {limit} s cooldown")
  public static let kedaPutToSleep = Rule(
    "keda-put-to-sleep",
    """
    KEDA: nothing was active for {limit} s: from {measured} to {proposed} replicas in one step, past the \
    autoscaler's scale-down rules
    """)
  public static let kedaPaused = Rule("keda-paused", "KEDA: paused by an annotation, {limit} replicas are kept")
  public static let kedaRaised = Rule("keda-raised", "KEDA: {measured} replicas are below the minimum of {limit}")
}
