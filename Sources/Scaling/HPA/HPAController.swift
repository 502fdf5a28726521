import Glibc
import Quantities

/// The HorizontalPodAutoscaler controller of Kubernetes (autoscaling/v2, 1.34 and later) as a pure step.
///
/// Time comes in as nanoseconds that never decrease, metrics as samples; out comes what the controller would write to
/// `scale.spec.replicas`, the conditions it would set, and why. Rules: `pkg/controller/podautoscaler`
/// (`horizontal.go`, `replica_calculator.go`) and the API documentation of HorizontalPodAutoscalerSpec.
public struct HPAController: Sendable {
  public let spec: HPASpec
  public let settings: HPASettings

  let goals: [HPAGoal]
  let clocks: HPAClocks
  let rules: HPARates?
  private let minimum: Int
  private let maximum: Int
  var bounds: ClosedRange<Int> { minimum...max(minimum, maximum) }
  let lowestRatio: Double
  let highestRatio: Double

  private var started = false
  /// Whether the autoscaler itself put the service to sleep.
  private var putToSleep = false
  var isStarted: Bool { started }
  var limited = HPASync.Limited.notSetYet
  private var lastTime = Int64.min
  /// With `behavior`: the smallest recommendation of the scale-up window, the largest of the scale-down window.
  /// Without: only the largest, and an entry exactly one window old still counts.
  var smallest: RecommendationWindow
  var largest: RecommendationWindow
  var upEvents = ScaleEvents()
  var downEvents = ScaleEvents()

  public init(_ spec: HPASpec, settings: HPASettings = HPASettings()) {
    self.spec = spec
    self.settings = settings
    minimum = spec.minReplicas
    maximum = spec.maxReplicas
    goals = spec.metrics.map(HPAGoal.init)
    clocks = HPAClocks(
      cpuInitialization: settings.cpuInitializationPeriod.nanoseconds,
      readinessDelay: settings.initialReadinessDelay.nanoseconds, metricWindow: settings.metricWindow.nanoseconds)
    let behavior = spec.behavior
    rules = behavior.map(HPARates.init)
    lowestRatio = 1 - (behavior?.scaleDown.tolerance?.approximate ?? settings.tolerance)
    highestRatio = 1 + (behavior?.scaleUp.tolerance?.approximate ?? settings.tolerance)
    let clusterWindow = settings.downscaleStabilization.nanoseconds
    smallest = RecommendationWindow(
      .smallest, span: Int64(behavior?.scaleUp.windowSeconds ?? 0) &* 1_000_000_000, includesEdge: false)
    let down = behavior?.scaleDown.windowSeconds.map { Int64($0) &* 1_000_000_000 }
    largest = RecommendationWindow(.largest, span: down ?? clusterWindow, includesEdge: behavior == nil)
  }

  /// One sync of an autoscaler with one metric.
  public mutating func sync(at now: Timestamp, scale: HPAScale, sample: HPASample) -> HPASync {
    let now = advance(to: now)
    if let settled = settle(scale, at: now) { return settled }
    guard let proposal = propose(goals[0], sample: sample, scale: scale), goals.count == 1 else {
      return failed(scale.replicas)
    }
    return decide(proposal, metric: 0, replicas: scale.replicas, now: now)
  }

  /// One sync; `samples` holds one entry for each metric of the spec, and a missing one counts as failed.
  public mutating func sync(at now: Timestamp, scale: HPAScale, samples: [HPASample]) -> HPASync {
    let now = advance(to: now)
    if let settled = settle(scale, at: now) { return settled }
    var best = HPAProposal(replicas: 0, measured: .nan, goal: .nan)
    var metric = -1
    var failures = 0
    for i in goals.indices {
      guard i < samples.count, let proposal = propose(goals[i], sample: samples[i], scale: scale) else {
        failures += 1
        continue
      }
      // A proposal of 0 gives way to any later one, as in the controller.
      if best.replicas == 0 || proposal.replicas > best.replicas {
        best = proposal
        metric = i
      }
    }
    // One blind metric may hide the reason to stay large: it stops a scale-down, not a scale-up.
    if failures >= goals.count || (failures > 0 && best.replicas < scale.replicas) { return failed(scale.replicas) }
    return decide(best, metric: metric, replicas: scale.replicas, now: now)
  }

  @inline(__always)
  mutating func advance(to time: Timestamp) -> Int64 {
    lastTime = max(lastTime, time.nanosecondsSinceEpoch)
    return lastTime
  }

  /// What is decided without looking at a metric: replicas outside their bounds, or an autoscaler that is off.
  @inline(__always)
  private mutating func settle(_ scale: HPAScale, at now: Int64) -> HPASync? {
    let current = scale.replicas
    if !started {
      started = true
      smallest.record(current, at: now)
      largest.record(current, at: now)
    }
    if current == 0 {
      if minimum != 0 || (settings.wakesOnlyWhatItPutToSleep && !putToSleep) {
        return HPASync(
          replicas: 0, proposal: .notComputed, able: .succeededGetScale, limited: limited, cause: .disabledAtZero,
          metric: -1, measured: 0, limit: Double(minimum))
      }
    } else if current > maximum {
      return jump(from: current, to: maximum, cause: .aboveMaximum, now: now)
    } else if current < minimum {
      return jump(from: current, to: minimum, cause: .belowMinimum, now: now)
    }
    return nil
  }

  private mutating func jump(from current: Int, to bound: Int, cause: HPASync.Cause, now: Int64) -> HPASync {
    recordChange(from: current, to: bound, now: now)
    return HPASync(
      replicas: bound, proposal: .notComputed, able: .succeededRescale, limited: limited, cause: cause, metric: -1,
      measured: Double(current), limit: Double(bound))
  }

  private func failed(_ current: Int) -> HPASync {
    HPASync(
      replicas: current, proposal: .failed, able: .succeededGetScale, limited: limited, cause: .metricsFailed,
      metric: -1, measured: .nan, limit: .nan)
  }

  @inline(__always)
  private mutating func decide(_ proposal: HPAProposal, metric: Int, replicas current: Int, now: Int64) -> HPASync {
    let wanted = max(0, proposal.replicas)
    var result = HPASync(
      replicas: current, proposal: .replicas(proposal.replicas), able: .readyForNewScale, limited: .withinRange,
      cause: wanted > current ? .scaledUp : wanted < current ? .scaledDown : .onTarget, metric: metric,
      measured: proposal.measured, limit: proposal.goal)
    if rules == nil {
      normalize(wanted, current: current, now: now, into: &result)
    } else {
      normalizeWithBehavior(wanted, current: current, now: now, into: &result)
    }
    limited = result.limited
    if result.replicas != current {
      result.able = .succeededRescale
      recordChange(from: current, to: result.replicas, now: now)
    }
    return result
  }

  /// Without `behavior`: never below the largest recommendation of the window, never above twice the replicas.
  private mutating func normalize(_ wanted: Int, current: Int, now: Int64, into result: inout HPASync) {
    let held = largest.current(at: now)
    var stable = wanted
    if let held, held.value > wanted {
      stable = held.value
      result.able = .scaleDownStabilized
      result.cause = .heldByScaleDownWindow
      result.measured = Double(stable)
      result.limit = seconds(held.time &+ largest.span &- now)
    }
    largest.record(wanted, at: now)
    let fast = max(2 * current, 4)
    let top = min(maximum, fast)
    if stable < minimum {
      result.replicas = minimum
      result.limited = .tooFewReplicas
      cut(.atMinimum, wanted: stable, limit: minimum, into: &result)
    } else if stable > top {
      result.replicas = top
      result.limited = maximum > fast ? .scaleUpLimit : .tooManyReplicas
      cut(maximum > fast ? .limitedUp : .atMaximum, wanted: stable, limit: top, into: &result)
    } else {
      result.replicas = stable
    }
  }

  /// With `behavior`: the current replicas are brought between the smallest recommendation of the scale-up window and
  /// the largest of the scale-down window, then each direction's policies limit the step.
  @inline(__always)
  private mutating func normalizeWithBehavior(_ wanted: Int, current: Int, now: Int64, into result: inout HPASync) {
    let (stable, low, high) = stabilized(wanted, current: current, now: now)
    smallest.record(wanted, at: now)
    largest.record(wanted, at: now)
    if stable != wanted {
      let up = wanted >= current
      result.able = up ? .scaleUpStabilized : .scaleDownStabilized
      result.cause = up ? .heldByScaleUpWindow : .heldByScaleDownWindow
      result.measured = Double((up ? low?.value : high?.value) ?? stable)
      result.limit = seconds(((up ? low?.time : high?.time) ?? now) &+ (up ? smallest : largest).span &- now)
    }
    if stable > current {
      let allowed = max(current, scaleUpLimit(current, now: now))
      let top = min(maximum, allowed)
      result.replicas = min(stable, top)
      if stable > top {
        result.limited = maximum > allowed ? .scaleUpLimit : .tooManyReplicas
        cut(maximum > allowed ? .limitedUp : .atMaximum, wanted: stable, limit: top, into: &result)
      }
    } else if stable < current {
      let allowed = min(current, scaleDownLimit(current, now: now))
      let bottom = max(minimum, allowed)
      result.replicas = max(stable, bottom)
      if stable < bottom {
        result.limited = minimum < allowed ? .scaleDownLimit : .tooFewReplicas
        cut(minimum < allowed ? .limitedDown : .atMinimum, wanted: stable, limit: bottom, into: &result)
      }
    }
  }

  /// The current replicas between the smallest recommendation of the scale-up window and the largest of the scale-down
  /// window.
  @inline(__always)
  mutating func stabilized(
    _ wanted: Int, current: Int, now: Int64
  ) -> (replicas: Int, low: (value: Int, time: Int64)?, high: (value: Int, time: Int64)?) {
    let low = smallest.current(at: now)
    let high = largest.current(at: now)
    let raised = max(current, min(wanted, low?.value ?? wanted))
    return (min(raised, max(wanted, high?.value ?? wanted)), low, high)
  }

  @inline(__always)
  private func cut(_ cause: HPASync.Cause, wanted: Int, limit: Int, into result: inout HPASync) {
    result.cause = cause
    result.measured = Double(wanted)
    result.limit = Double(limit)
  }

  private func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }

  private mutating func recordChange(from old: Int, to new: Int, now: Int64) {
    putToSleep = new == 0
    guard let rules, new != old else { return }
    // The slots that may be overwritten are judged by the longest period of that same direction, although the other
    // direction's policies read them too: an old increase can be forgotten before a long scale-down period ends.
    if new > old {
      upEvents.record(new - old, at: now, longestPeriod: rules.up.longestPeriod)
    } else {
      downEvents.record(old - new, at: now, longestPeriod: rules.down.longestPeriod)
    }
  }
}
