/// What one metric said at one sync. All values are in thousandths of the metric's unit, as Kubernetes counts.
public enum HPASample: Hashable, Sendable {
  /// The same value from every ready pod; unready pods (starting) and pods whose metric is missing are counted.
  case uniform(Int64, ready: Int, unready: Int = 0, missing: Int = 0)
  /// Pod by pod, as the controller sees them.
  case pods([HPAPod])
  /// The value of an Object or External metric (all series summed).
  case value(Int64)
  /// The metrics pipeline delivered nothing.
  case failed
}

/// One pod as the controller sees it. Ages are nanoseconds before the sync.
public struct HPAPod: Hashable, Sendable {
  public enum Phase: UInt8, Hashable, Sendable { case pending, running, succeeded, failed }
  public var phase: Phase
  /// Has a deletion timestamp: on its way out, not counted.
  public var isTerminating: Bool
  /// The Ready condition.
  public var isReady: Bool
  /// Since the pod started.
  public var startAge: Int64
  /// Since the Ready condition last changed.
  public var readyTransitionAge: Int64
  /// The pod's own metric in thousandths; nil where there is none.
  public var value: Int64?
  /// Since the metric was taken.
  public var metricAge: Int64

  public init(
    phase: Phase, isTerminating: Bool = false, isReady: Bool = true, startAge: Int64 = .max / 4,
    readyTransitionAge: Int64 = .max / 8, value: Int64?, metricAge: Int64 = 0
  ) {
    self.phase = phase
    self.isTerminating = isTerminating
    self.isReady = isReady
    self.startAge = startAge
    self.readyTransitionAge = readyTransitionAge
    self.value = value
    self.metricAge = metricAge
  }
}

/// The scaled object at one sync.
@frozen public struct HPAScale: Hashable, Sendable {
  /// `scale.spec.replicas`.
  public var replicas: Int
  /// `scale.status.replicas`: pods that exist.
  public var status: Int
  /// Pods that are Running and Ready.
  public var ready: Int
  /// CPU (or memory) request of one pod in thousandths; 0 where it has none, which fails utilization metrics.
  public var requestMilli: Int64
  @inlinable public init(replicas: Int, status: Int? = nil, ready: Int? = nil, requestMilli: Int64 = 1000) {
    self.replicas = replicas
    self.status = status ?? replicas
    self.ready = ready ?? replicas
    self.requestMilli = requestMilli
  }
}

/// The pods of one metric, summed: all that the replica calculation needs of them.
struct HPATally {
  /// Sum of the ready pods' metrics, thousandths.
  var usage: Int64 = 0
  var ready = 0
  var unready = 0
  var missing = 0

  init(usage: Int64, ready: Int, unready: Int, missing: Int) {
    self.usage = usage
    self.ready = ready
    self.unready = unready
    self.missing = missing
  }

  /// Sorts pods into ignored, unready, missing and ready, in the controller's order of questions: a pod that is
  /// being deleted or has failed is ignored, a pending one is unready, one without a metric is missing, and only for
  /// CPU may a running pod with a metric still be unready.
  init(_ pods: [HPAPod], isCPU: Bool, clocks: HPAClocks) {
    for pod in pods {
      if pod.isTerminating || pod.phase == .failed { continue }
      if pod.phase == .pending {
        unready += 1
        continue
      }
      guard let value = pod.value else {
        missing += 1
        continue
      }
      if isCPU, clocks.isUnready(pod) {
        unready += 1
        continue
      }
      ready += 1
      usage = usage &+ value
    }
  }
}

/// The controller's readiness delays in nanoseconds.
struct HPAClocks: Sendable {
  var cpuInitialization: Int64
  var readinessDelay: Int64
  var metricWindow: Int64

  func isUnready(_ pod: HPAPod) -> Bool {
    if pod.startAge < cpuInitialization {
      // Start-up burns CPU: a sample counts only when its whole window lies after the pod became ready.
      return !pod.isReady || pod.readyTransitionAge - pod.metricAge < metricWindow
    }
    // A pod that was ready once and is not now still counts; one that never was does not.
    return !pod.isReady && pod.startAge - pod.readyTransitionAge < readinessDelay
  }
}
