import Quantities

@testable import Scaling

/// A random autoscaler and the metrics it meets, the same for the same seed.
struct HPAScenario {
  var spec: HPASpec
  var settings = HPASettings()
  var random: RandomStream
  let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    random = RandomStream(seed: seed)
    let scaleToZero = random.next() % 6 == 0
    let minimum = scaleToZero ? 0 : Int(random.next() % 4) + 1
    let maximum = max(1, minimum) + Int(random.next() % 60)
    spec = HPASpec(minReplicas: minimum, maxReplicas: maximum)
    spec.metrics = (0..<(random.next() % 3 == 0 ? 3 : 1)).map { _ in Self.metric(&random, externalOnly: scaleToZero) }
    if random.next() % 4 != 0 {
      spec.behavior = HPABehavior(
        scaleUp: Self.rules(&random, .defaultScaleUp), scaleDown: Self.rules(&random, .defaultScaleDown))
    }
    settings.tolerance = [0, 0.05, 0.1, 0.25][Int(random.next() % 4)]
    settings.downscaleStabilization = .seconds([0, 15, 60, 300][Int(random.next() % 4)])
    settings.cpuInitializationPeriod = .seconds([0, 60, 300][Int(random.next() % 3)])
  }

  private static func metric(_ random: inout RandomStream, externalOnly: Bool) -> HPAMetric {
    let quantity = KubernetesQuantity(["100m", "333m", "1", "2500m", "10", "1k"][Int(random.next() % 6)])
    guard let quantity else { return .defaultCPU }
    switch externalOnly ? random.next() % 4 : random.next() % 9 {
    case 0: return HPAMetric(.object(metric: "o", kind: "Service", name: "s"), goal: .value(quantity))
    case 1: return HPAMetric(.object(metric: "o", kind: "Service", name: "s"), goal: .averageValue(quantity))
    case 2: return HPAMetric(.external(metric: "e"), goal: .value(quantity))
    case 3: return HPAMetric(.external(metric: "e"), goal: .averageValue(quantity))
    case 4: return HPAMetric(.pods(metric: "p"), goal: .averageValue(quantity))
    case 5: return HPAMetric(.resource(name: "memory"), goal: .averageValue(quantity))
    case 6: return HPAMetric(.resource(name: "memory"), goal: .utilization(60))
    default:
      return HPAMetric(.resource(name: "cpu"), goal: .utilization([50, 60, 80, 150][Int(random.next() % 4)]))
    }
  }

  private static func rules(_ random: inout RandomStream, _ standard: HPAScalingRules) -> HPAScalingRules {
    var rules = standard
    if random.next() % 2 == 0 { rules.windowSeconds = [0, 10, 15, 45, 120, 600][Int(random.next() % 6)] }
    if random.next() % 3 != 0 {
      rules.policies = (0..<Int(random.next() % 3 + 1)).map { _ in
        let period = [1, 15, 20, 60, 300, 1800][Int(random.next() % 6)]
        return random.next() % 2 == 0
          ? .init(.pods, Int(random.next() % 20 + 1), periodSeconds: period)
          : .init(.percent, [1, 10, 25, 50, 100, 200][Int(random.next() % 6)], periodSeconds: period)
      }
    }
    rules.select = [.max, .max, .max, .min, .min, .disabled][Int(random.next() % 6)]
    if random.next() % 4 == 0 { rules.tolerance = KubernetesQuantity(["0", "50m", "0.2"][Int(random.next() % 3)]) }
    return rules
  }

  /// One sync's samples around the goals, with pods in every state.
  mutating func samples(replicas: Int) -> [HPASample] {
    spec.metrics.map { metric in
      if random.next() % 12 == 0 { return .failed }
      let load =
        [0, 0.3, 0.9, 1, 1.05, 1.1, 1.4, 3][Int(random.next() % 8)]
        * (random.next() % 2 == 0 ? 1 : random.uniform(0.8, 1.2))
      switch metric.goal {
      case .value(let q): return .value(Int64(Double(q.milli) * load))
      case .averageValue(let q):
        switch metric.source {
        case .object, .external: return .value(Int64(Double(q.milli) * load * Double(max(1, replicas))))
        default: return pods(replicas, mean: Double(q.milli) * load)
        }
      case .utilization(let percent): return pods(replicas, mean: Double(percent) * 10 * load)
      }
    }
  }

  private mutating func pods(_ replicas: Int, mean: Double) -> HPASample {
    if random.next() % 2 == 0 {
      return .uniform(Int64(mean), ready: replicas, unready: Int(random.next() % 3), missing: Int(random.next() % 3))
    }
    let second: Int64 = 1_000_000_000
    return .pods(
      (0..<replicas).map { _ in
        let start = Int64(random.next() % 700)
        return HPAPod(
          phase: [.running, .running, .running, .running, .pending, .failed][Int(random.next() % 6)],
          isTerminating: random.next() % 10 == 0, isReady: random.next() % 4 != 0, startAge: start * second,
          readyTransitionAge: Int64(random.next() % UInt64(start + 1)) * second,
          value: random.next() % 8 == 0 ? nil : Int64(mean * random.uniform(0.7, 1.3)),
          metricAge: Int64(random.next() % 60) * second)
      })
  }
}
