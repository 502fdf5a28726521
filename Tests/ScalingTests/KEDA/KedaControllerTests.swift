import Quantities
import Testing

@testable import Scaling

@Suite struct KedaControllerTests {
  private let zero = Timestamp(nanosecondsSinceEpoch: 0)
  private func time(_ seconds: Double) -> Timestamp { zero + .seconds(seconds) }

  private func spec(_ change: (inout KedaSpec) -> Void = { _ in }) throws -> KedaSpec {
    var spec = KedaSpec()
    let threshold = try #require(KubernetesQuantity("10"))
    spec.triggers = [.init(type: "prometheus", name: "queue", kind: .metric(threshold: threshold, activation: 0))]
    change(&spec)
    return spec
  }

  @Test("wakes from zero to one, and the autoscaler takes it from there") func wakes() throws {
    var keda = KedaController(try spec(), created: zero)
    #expect(
      keda.sync(at: time(0), scale: HPAScale(replicas: 0), readings: [.value(95)]).because.rule == .hpaDisabledAtZero)
    let look = keda.poll(at: time(30), replicas: 0, readings: [.value(95)])
    #expect(look.owner == .keda && look.replicas == 1 && look.because.rule == .kedaWoke)
    #expect(keda.sync(at: time(45), scale: HPAScale(replicas: 1), readings: [.value(95)]).replicas > 1)
  }

  @Test("the activation threshold is strict") func activation() throws {
    let threshold = try #require(KubernetesQuantity("10"))
    let spec = try spec { $0.triggers[0].kind = .metric(threshold: threshold, activation: 5) }
    var keda = KedaController(spec, created: zero)
    #expect(keda.poll(at: time(0), replicas: 0, readings: [.value(5)]).replicas == 0)
    #expect(keda.poll(at: time(30), replicas: 0, readings: [.value(5.01)]).replicas == 1)
  }

  // kedacore/keda #7770
  @Test("after the cooldown it goes from any number to zero in one step") func sleepsFromAny() throws {
    var keda = KedaController(try spec(), created: zero)
    _ = keda.poll(at: time(0), replicas: 30, readings: [.value(300)])
    #expect(keda.poll(at: time(300), replicas: 30, readings: [.value(0)]).replicas == 30)
    let look = keda.poll(at: time(301), replicas: 30, readings: [.value(0)])
    #expect(look.replicas == 0 && look.because.rule == .kedaPutToSleep)
  }

  // kedacore/keda #6844: the cooldown is for the step to zero; from many to one the autoscaler's window rules.
  @Test("the cooldown does not shorten the way from many to one") func cooldownIsForZeroOnly() throws {
    var keda = KedaController(
      try spec {
        $0.cooldownPeriod = 30; $0.minReplicaCount = 1
      }, created: zero)
    _ = keda.sync(at: time(0), scale: HPAScale(replicas: 9), readings: [.value(90)])
    #expect(keda.poll(at: time(60), replicas: 9, readings: [.value(1)]).replicas == 9)
    #expect(keda.sync(at: time(60), scale: HPAScale(replicas: 9), readings: [.value(1)]).replicas == 9)
    #expect(keda.sync(at: time(301), scale: HPAScale(replicas: 9), readings: [.value(1)]).replicas == 1)
  }

  @Test("never active, it sleeps after the initial cooldown since its creation") func initialCooldown() throws {
    var keda = KedaController(try spec { $0.initialCooldownPeriod = 60 }, created: zero)
    #expect(keda.poll(at: time(60), replicas: 4, readings: [.value(0)]).replicas == 4)
    #expect(keda.poll(at: time(90), replicas: 4, readings: [.value(0)]).replicas == 0)
  }

  @Test("with idle replicas it rests there and wakes to the minimum") func idle() throws {
    let spec = try spec {
      $0.minReplicaCount = 5
      $0.idleReplicaCount = 0
    }
    var keda = KedaController(spec, created: zero)
    #expect(keda.poll(at: time(10), replicas: 8, readings: [.value(0)]).replicas == 0)
    #expect(keda.poll(at: time(40), replicas: 0, readings: [.value(1)]).replicas == 5)
  }

  @Test("a pause keeps its replicas, or those that there are; a paused direction is the autoscaler's to keep")
  func paused() throws {
    var keda = KedaController(try spec { $0.pause.isWhole = true }, created: zero)
    #expect(keda.poll(at: time(9999), replicas: 7, readings: [.value(0)]).replicas == 7)
    #expect(
      keda.sync(at: time(9999), scale: HPAScale(replicas: 7), readings: [.value(9e6)]).because.rule == .kedaPaused)
    var fixed = KedaController(
      try spec {
        $0.pause.isWhole = true
        $0.pause.replicas = 3
      }, created: zero)
    #expect(fixed.poll(at: time(10), replicas: 7, readings: [.value(9e6)]).replicas == 3)
    let noOut = try spec { $0.pause.isScaleOut = true }
    #expect(noOut.hpa.behavior?.scaleUp.select == .disabled)
    #expect(noOut.hpa.behavior?.scaleDown.select == .max)
  }

  @Test("a fallback of a Value metric counts in 64 bits: a target of 16 GiB and ten pods")
  func wideFallback() throws {
    let target = try #require(KubernetesQuantity("16Gi"))
    let spec = try spec {
      $0.triggers = [
        .init(type: "prometheus", name: "memory", kind: .metric(threshold: target, activation: 0), isTotal: true)
      ]
      $0.fallback = .init(failureThreshold: 0, replicas: 10)
    }
    var keda = KedaController(spec, created: zero)
    #expect(keda.sync(at: time(15), scale: HPAScale(replicas: 5, ready: 5), readings: [.failed]).replicas == 10)
  }

  @Test("without a fallback a trigger that fails keeps the service awake") func cannotSee() throws {
    var keda = KedaController(try spec(), created: zero)
    #expect(keda.poll(at: time(9999), replicas: 7, readings: [.failed]).because.rule == .kedaCannotSee)
  }

  @Test(
    "a fallback pretends that many replicas are needed, past its threshold",
    arguments: [
      (KedaSpec.Fallback.Behavior.static, 6), (.currentReplicas, 9), (.currentReplicasIfHigher, 9),
      (.currentReplicasIfLower, 6),
    ])
  func fallback(behavior: KedaSpec.Fallback.Behavior, expected: Int) throws {
    let spec = try spec {
      $0.fallback = .init(failureThreshold: 2, replicas: 6, behavior: behavior)
      $0.behavior = HPABehavior(scaleDown: .init(policies: HPAScalingRules.defaultScaleDown.policies, windowSeconds: 0))
    }
    var keda = KedaController(spec, created: zero)
    for i in 0..<2 {
      #expect(keda.sync(at: time(Double(i) * 15), scale: HPAScale(replicas: 9), readings: [.failed]).replicas == 9)
    }
    #expect(keda.sync(at: time(30), scale: HPAScale(replicas: 9), readings: [.failed]).replicas == expected)
  }

  @Test("a cron trigger holds its replicas inside its hours, in its time zone") func cron() throws {
    let start = try #require(CronSchedule("0 8 * * *"))
    let end = try #require(CronSchedule("0 18 * * *"))
    let window = CronWindow(start: start, end: end, zone: .fixed(name: "X", offset: 7200))
    let spec = try spec {
      $0.triggers = [.init(type: "cron", name: "cron", kind: .cron(window, replicas: 4))]
      $0.cooldownPeriod = 0
    }
    var keda = KedaController(spec, created: zero)
    // 05:59 UTC is 07:59 there.
    #expect(keda.poll(at: time(6 * 3600 - 60), replicas: 0, readings: [.failed]).replicas == 0)
    #expect(keda.poll(at: time(6 * 3600), replicas: 0, readings: [.failed]).replicas == 1)
    #expect(keda.sync(at: time(6 * 3600 + 15), scale: HPAScale(replicas: 1), readings: [.failed]).replicas == 4)
    #expect(keda.poll(at: time(16 * 3600 + 30), replicas: 4, readings: [.failed]).replicas == 0)
  }

  @Test("the policy tells whose each change is") func owners() throws {
    var policy = try KedaPolicy(try spec { $0.pollingInterval = 20 })
    #expect(policy.period == .seconds(5))
    var replicas = 0
    var changes: [String] = []
    for second in stride(from: 0.0, through: 900, by: 5) {
      var signals = Signals(demand: 100)
      signals.queueDepth = (100...200).contains(second) ? 80 : 0
      let count = ReplicaCount(desired: replicas, ready: replicas)
      let decision = policy.step(Observation(time: time(second), replicas: count, signals: signals))
      if decision.desired != replicas {
        changes.append("\(decision.because.rule.name) \(replicas)->\(decision.desired)")
      }
      replicas = decision.desired
    }
    #expect(
      changes.first == "keda-woke 0->1" && changes.dropFirst().first?.hasPrefix("scale-up") == true
        || changes.dropFirst().first?.hasPrefix("rate-limited-up") == true, "\(changes)")
    #expect(
      changes.last?.hasSuffix("->0") == true && changes.last?.hasPrefix("keda-put-to-sleep") == true, "\(changes)")
  }
}
