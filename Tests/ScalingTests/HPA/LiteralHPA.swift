import Glibc

@testable import Scaling

/// The autoscaler's description, line by line and slow: lists with slots, pods one by one. The fast controller is
/// checked against it.
struct LiteralHPA {
  struct Slot {
    var time: Int64
    var value: Int
    var outdated = false
  }
  let spec: HPASpec
  let settings: HPASettings
  var recommendations: [Slot] = []
  var ups: [Slot] = []
  var downs: [Slot] = []
  static let second: Int64 = 1_000_000_000

  init(_ spec: HPASpec, _ settings: HPASettings) {
    self.spec = spec
    self.settings = settings
  }

  /// Gives the replicas and the proposal ("-" not computed, "x" failed).
  mutating func sync(_ now: Int64, _ scale: HPAScale, _ samples: [HPASample]) -> (Int, String) {
    let cur = scale.replicas
    if recommendations.isEmpty { recommendations.append(Slot(time: now, value: cur)) }
    if cur == 0 && spec.minReplicas != 0 { return (0, "-") }
    var new: Int
    var raw = "-"
    if cur > spec.maxReplicas {
      new = spec.maxReplicas
    } else if cur < spec.minReplicas {
      new = spec.minReplicas
    } else {
      var best = 0
      var failures = 0
      for (metric, sample) in zip(spec.metrics, samples) {
        guard let p = propose(metric, sample, scale) else {
          failures += 1
          continue
        }
        if best == 0 || p > best { best = p }
      }
      if failures == samples.count || (failures > 0 && best < cur) { return (cur, "x") }
      raw = "\(best)"
      new = spec.behavior == nil ? plain(best, cur, now) : behaving(best, cur, now)
    }
    if new != cur { store(cur, new, now) }
    return (new, raw)
  }

  private mutating func plain(_ d: Int, _ cur: Int, _ now: Int64) -> Int {
    let window = Int64(settings.downscaleStabilization.components.seconds) * Self.second
    var best = d
    var old: Int?
    for (i, r) in recommendations.enumerated() {
      if r.time < now - window { old = i } else { best = max(best, r.value) }
    }
    if let old {
      recommendations[old] = Slot(time: now, value: d)
    } else {
      recommendations.append(Slot(time: now, value: d))
    }
    let top = min(spec.maxReplicas, max(2 * cur, 4))
    if best < spec.minReplicas { return spec.minReplicas }
    return best > top ? top : best
  }

  private mutating func behaving(_ d: Int, _ cur: Int, _ now: Int64) -> Int {
    guard let behavior = spec.behavior else { return cur }
    let cluster = Int64(settings.downscaleStabilization.components.seconds)
    let upCutoff = now - Int64(behavior.scaleUp.windowSeconds ?? 0) * Self.second
    let downCutoff = now - (behavior.scaleDown.windowSeconds.map(Int64.init) ?? cluster) * Self.second
    var up = d
    var down = d
    var old: Int?
    for (i, r) in recommendations.enumerated() {
      if r.time > upCutoff { up = min(up, r.value) }
      if r.time > downCutoff { down = max(down, r.value) }
      if r.time < upCutoff && r.time < downCutoff { old = i }
    }
    var s = cur
    if s < up { s = up }
    if s > down { s = down }
    if let old {
      recommendations[old] = Slot(time: now, value: d)
    } else {
      recommendations.append(Slot(time: now, value: d))
    }
    if s > cur {
      return min(s, spec.maxReplicas, max(cur, limit(behavior.scaleUp, cur, now, up: true)))
    } else if s < cur {
      return max(s, spec.minReplicas, min(cur, limit(behavior.scaleDown, cur, now, up: false)))
    }
    return s
  }

  private func limit(_ rules: HPAScalingRules, _ cur: Int, _ now: Int64, up: Bool) -> Int {
    if rules.select == .disabled { return cur }
    var proposals: [Int] = []
    for p in rules.policies {
      let cutoff = now - Int64(p.periodSeconds) * Self.second
      var start = cur
      for e in ups where e.time > cutoff { start -= e.value }
      for e in downs where e.time > cutoff { start += e.value }
      let v = Double(p.value)
      switch (p.unit, up) {
      case (.pods, true): proposals.append(start + p.value)
      case (.pods, false): proposals.append(start - p.value)
      case (.percent, true): proposals.append(Int(ceil(Double(start) * (1 + v / 100))))
      case (.percent, false): proposals.append(Int(trunc(Double(start) * (1 - v / 100))))
      }
    }
    let most = up ? proposals.max() : proposals.min()
    let least = up ? proposals.min() : proposals.max()
    return (rules.select == .max ? most : least) ?? cur
  }

  private mutating func store(_ old: Int, _ new: Int, _ now: Int64) {
    guard let behavior = spec.behavior else { return }
    let up = new > old
    let rules = up ? behavior.scaleUp : behavior.scaleDown
    let longest = rules.policies.map { Int64($0.periodSeconds) }.max() ?? 0
    var list = up ? ups : downs
    var slot: Int?
    for i in list.indices {
      if list[i].time < now - longest * Self.second { list[i].outdated = true }
      if list[i].outdated { slot = i }
    }
    let event = Slot(time: now, value: abs(new - old))
    if let slot { list[slot] = event } else { list.append(event) }
    if up { ups = list } else { downs = list }
  }

  private func within(_ r: Double) -> Bool {
    let down = spec.behavior?.scaleDown.tolerance?.approximate ?? settings.tolerance
    let up = spec.behavior?.scaleUp.tolerance?.approximate ?? settings.tolerance
    return 1 - down <= r && r <= 1 + up
  }

  private func propose(_ metric: HPAMetric, _ sample: HPASample, _ scale: HPAScale) -> Int? {
    let cur = scale.replicas
    switch sample {
    case .failed: return nil
    case .value(let v):
      switch metric.goal {
      case .utilization: return nil
      case .value(let q):
        let r = Double(v) / Double(q.milli)
        if cur == 0 { return Int(ceil(r)) }
        return within(r) ? cur : Int(ceil(r * Double(scale.ready)))
      case .averageValue(let q):
        let r = Double(v) / (Double(q.milli) * Double(scale.status))
        return within(r) ? scale.status : Int(ceil(Double(v) / Double(q.milli)))
      }
    case .uniform(let v, let ready, let unready, let missing):
      let pods =
        Array(repeating: HPAPod(phase: .running, value: v), count: ready)
        + Array(repeating: HPAPod(phase: .pending, value: nil), count: unready)
        + Array(repeating: HPAPod(phase: .running, value: nil), count: missing)
      return ofPods(metric, pods, scale)
    case .pods(let pods): return ofPods(metric, pods, scale)
    }
  }

  private func ofPods(_ metric: HPAMetric, _ pods: [HPAPod], _ scale: HPAScale) -> Int? {
    let cur = scale.replicas
    var values: [Int64] = []
    var unready = 0
    var missing = 0
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
      if metric.name == "cpu" {
        let initialization = Int64(settings.cpuInitializationPeriod.components.seconds) * Self.second
        let delay = Int64(settings.initialReadinessDelay.components.seconds) * Self.second
        let isUnready: Bool
        if -pod.startAge + initialization > 0 {
          isUnready = !pod.isReady || -pod.metricAge < -pod.readyTransitionAge + 30 * Self.second
        } else {
          isUnready = !pod.isReady && -pod.startAge + delay > -pod.readyTransitionAge
        }
        if isUnready {
          unready += 1
          continue
        }
      }
      values.append(value)
    }
    if values.isEmpty { return nil }
    let ready = values.count
    let target: Int64
    var isShare = false
    switch metric.goal {
    case .utilization(let percent):
      target = Int64(percent)
      isShare = true
    case .value(let q), .averageValue(let q): target = q.milli
    }
    func ratio() -> Double {
      let sum = values.reduce(0, +)
      if isShare { return Double(sum * 100 / (scale.requestMilli * Int64(values.count))) / Double(target) }
      return Double(sum / Int64(values.count)) / Double(target)
    }
    let r = ratio()
    if missing == 0 && !(unready > 0 && r > 1) { return within(r) ? cur : Int(ceil(r * Double(ready))) }
    for _ in 0..<missing {
      if r < 1 {
        values.append(isShare ? scale.requestMilli * max(100, target) / 100 : target)
      } else if r > 1 || !isShare {
        values.append(0)
      }
    }
    if r > 1 { for _ in 0..<unready { values.append(0) } }
    let again = ratio()
    if within(again) || (r < 1 && again > 1) || (r > 1 && again < 1) { return cur }
    let n = Int(ceil(again * Double(values.count)))
    return (again < 1 && n > cur) || (again > 1 && n < cur) ? cur : n
  }
}
