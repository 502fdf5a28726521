import Quantities

/// What decides how many pods of what size there are: the request, and the autoscaler's share of it.
public struct PodSettings: Hashable, Sendable {
  /// Thousandths of a core that each pod asks for.
  public var requestMilli: Int64
  /// Percent of the request that the HorizontalPodAutoscaler holds.
  public var target: Int
  public var minimum: Int
  public var maximum: Int

  /// - Precondition: a request and a target above 0, bounds in order.
  public init(requestMilli: Int64, target: Int, minimum: Int = 1, maximum: Int) {
    precondition(requestMilli > 0 && target > 0, "a pod asks for something, and an autoscaler holds a share of it")
    precondition(minimum >= 1 && maximum >= minimum, "bounds lie in order")
    self.requestMilli = requestMilli
    self.target = target
    self.minimum = minimum
    self.maximum = maximum
  }

  /// The use of a pod at which the autoscaler holds it, in thousandths of a core: the request and the target alone mean
  /// nothing, their product does.
  public var held: Double { Double(requestMilli) * Double(target) / 100 }
}

/// What pods used, recorded.
public struct RecordedUse: Sendable {
  public var start: Timestamp
  public var step: Duration
  /// Cores that all pods used together, step by step; NaN where nobody saw.
  public var cores: [Double]
  /// How many pods there were; empty where nobody counted.
  public var pods: [Double]

  public init(start: Timestamp, step: Duration, cores: [Double], pods: [Double] = []) {
    self.start = start
    self.step = step
    self.cores = cores
    self.pods = pods.count == cores.count ? pods : []
  }

  /// A pod's use where both are known, in thousandths of a core.
  public var perPod: [Double] {
    zip(cores, pods).compactMap { cores, pods in
      cores.isFinite && pods.isFinite && pods >= 1 ? cores / pods * 1000 : nil
    }
  }

  /// The cores at a moment, on the straight line between two steps; the last known value across a gap.
  func cores(at seconds: Double) -> Double {
    let width = step.seconds
    let place = min(max(0, seconds / width), Double(max(0, cores.count - 1)))
    let i = Int(place)
    guard cores.indices.contains(i) else { return 0 }
    let (a, b) = (cores[i], cores[min(i + 1, cores.count - 1)])
    guard a.isFinite else { return b.isFinite ? b : (cores[..<i].last { $0.isFinite } ?? 0) }
    return b.isFinite ? a + (b - a) * (place - Double(i)) : a
  }
}

/// What the pods of a setting would have been on recorded use.
public struct PodOutcome: Hashable, Sendable {
  public var settings: PodSettings
  /// Pods that were asked for, on average and at most.
  public var meanPods: Double
  public var mostPods: Int
  /// Cores that they request, on average: what the nodes must hold, and what is paid for.
  public var requestedCores: Double
  /// Cores that they use, on average.
  public var usedCores: Double
  /// The share of time in which pods need more than the ceiling: they are throttled, or slower than the objective.
  public var overloaded: Double
  /// A ready pod's use, at quantiles: thousandths of a core.
  public var median: Double
  public var p95: Double
  public var p99: Double

  /// What is used of what is requested.
  public var utilization: Double { requestedCores > 0 ? usedCores / requestedCores : 0 }
}

/// A HorizontalPodAutoscaler on recorded use: the controller's own rules, syncs every 15 s, pods that start late.
public struct PodSimulation: Sendable {
  public var use: RecordedUse
  /// The use of a pod beyond which it is too busy, in thousandths of a core.
  public var ceilingMilli: Double
  /// From the decision until a pod serves.
  public var startup: Duration
  /// How old a measurement is.
  public var metricDelay: Duration
  /// What one pod uses without any work, in thousandths of a core.
  public var idleMilli: Double

  /// The controller's default period, `--horizontal-pod-autoscaler-sync-period`.
  static let period = 15.0
  /// Syncs at most: two years of them.
  static let mostSyncs = 4_204_800

  public init(
    use: RecordedUse, ceilingMilli: Double, startup: Duration = .seconds(60), metricDelay: Duration = .seconds(30),
    idleMilli: Double = 0
  ) {
    self.use = use
    // A million cores: beyond them numbers no longer count.
    self.ceilingMilli = min(1e9, max(1, ceilingMilli))
    self.startup = startup
    self.metricDelay = metricDelay
    self.idleMilli = min(1e9, max(0, idleMilli))
  }

  /// Cores of work at a moment: what was used without what idle pods use by themselves.
  private func work(at seconds: Double) -> Double {
    let used = use.cores(at: seconds)
    guard idleMilli > 0, !use.pods.isEmpty else { return max(0, used) }
    let i = min(use.pods.count - 1, max(0, Int(seconds / use.step.seconds)))
    let pods = use.pods[i].isFinite ? use.pods[i] : 0
    return max(0, used - pods * idleMilli / 1000)
  }

  public func outcome(of settings: PodSettings) -> PodOutcome {
    let spec = HPASpec(
      minReplicas: settings.minimum, maxReplicas: settings.maximum,
      metrics: [HPAMetric(.resource(name: "cpu"), goal: .utilization(settings.target))])
    var controller = HPAController(spec)
    let length = Double(max(0, use.cores.count - 1)) * use.step.seconds
    let syncs = min(Self.mostSyncs, max(1, Int(length / Self.period)))
    // A fleet that fits the first step: what came before it is not known.
    let held = max(settings.held, 1e-9)
    var desired = min(
      settings.maximum,
      max(
        settings.minimum,
        Int(min(1e9, (work(at: 0) * 1000 / max(1e-9, held - min(idleMilli, held * 0.9))).rounded(.up)))))
    var ready = desired
    var starting: [(at: Double, count: Int)] = []
    var sums = (pods: 0.0, requested: 0.0, used: 0.0, overloaded: 0)
    var most = desired
    var seen: [Double] = []
    seen.reserveCapacity(syncs)
    for i in 0..<syncs {
      let time = Double(i) * Self.period
      while let first = starting.first, first.at <= time {
        ready += first.count
        starting.removeFirst()
      }
      let need = work(at: time) * 1000 / Double(max(1, ready)) + idleMilli
      if need > ceilingMilli { sums.overloaded += 1 }
      // A pod uses no more than it can: what is missing waits.
      let uses = min(need, ceilingMilli)
      seen.append(uses)
      sums.pods += Double(desired)
      sums.requested += Double(desired) * Double(settings.requestMilli) / 1000
      sums.used += uses * Double(ready) / 1000
      let measured = min(
        work(at: max(0, time - metricDelay.seconds)) * 1000 / Double(max(1, ready)) + idleMilli, ceilingMilli)
      let unready = desired - ready
      let sync = controller.sync(
        at: use.start + .nanoseconds(Int64(time * 1e9)),
        scale: HPAScale(replicas: desired, ready: ready, requestMilli: settings.requestMilli),
        sample: .uniform(Int64(min(1e15, measured.rounded())), ready: ready, unready: max(0, unready)))
      if sync.replicas > desired {
        starting.append((time + startup.seconds, sync.replicas - desired))
      } else if sync.replicas < desired {
        // Those that have not begun to serve go first.
        var fewer = desired - sync.replicas
        while fewer > 0, let last = starting.last {
          let taken = min(fewer, last.count)
          fewer -= taken
          if taken == last.count { starting.removeLast() } else { starting[starting.count - 1].count -= taken }
        }
        ready = max(1, ready - fewer)
      }
      desired = sync.replicas
      most = max(most, desired)
    }
    let quantiles = Statistics.quantiles(seen, [0.5, 0.95, 0.99]) ?? [0, 0, 0]
    let n = Double(syncs)
    return PodOutcome(
      settings: settings, meanPods: sums.pods / n, mostPods: most, requestedCores: sums.requested / n,
      usedCores: sums.used / n, overloaded: Double(sums.overloaded) / n, median: quantiles[0], p95: quantiles[1],
      p99: quantiles[2])
  }
}
