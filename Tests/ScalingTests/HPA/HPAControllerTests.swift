import Quantities
import Testing

@testable import Scaling

@Suite struct HPAControllerTests {
  private func time(_ seconds: Double) -> Timestamp { Timestamp(secondsSinceEpoch: seconds) }
  private func quantity(_ text: String) throws -> KubernetesQuantity { try #require(KubernetesQuantity(text)) }

  private func concurrency(_ target: String, min: Int = 1, max: Int = 100) throws -> HPASpec {
    HPASpec(
      minReplicas: min, maxReplicas: max,
      metrics: [HPAMetric(.external(metric: "tasks"), goal: .averageValue(try quantity(target)))],
      behavior: HPABehavior())
  }

  // kubernetes/kubernetes #116984: 4 tasks a pod, 10 pods.
  @Test("a tolerance of 10 % hides up to 44 tasks on ten pods of four", arguments: [(41, 10), (44, 10), (45, 12)])
  func toleranceIsCoarse(tasks: Int, expected: Int) throws {
    var hpa = HPAController(try concurrency("4"))
    let sync = hpa.sync(at: time(0), scale: HPAScale(replicas: 10), sample: .value(Int64(tasks * 1000)))
    #expect(sync.replicas == expected)
  }

  @Test("a scale-up tolerance of 0 acts on the first task too many") func toleranceByDirection() throws {
    var spec = try concurrency("4")
    spec.behavior?.scaleUp.tolerance = try quantity("0")
    var hpa = HPAController(spec)
    #expect(hpa.sync(at: time(0), scale: HPAScale(replicas: 10), sample: .value(41_000)).replicas == 11)
    #expect(hpa.sync(at: time(15), scale: HPAScale(replicas: 10), sample: .value(37_000)).replicas == 10)
  }

  // kubernetes/kubernetes #105579: a saturated CPU reads twice its target, whatever the policies allow.
  @Test("a meter that saturates at twice its target doubles the fleet at each sync") func saturatedMeterDoubles() {
    let metric = HPAMetric(.resource(name: "cpu"), goal: .utilization(50))
    var hpa = HPAController(HPASpec(maxReplicas: 64, metrics: [metric], behavior: HPABehavior()))
    var replicas = 1
    var path: [Int] = []
    for i in 0..<5 {
      let sync = hpa.sync(
        at: time(Double(i) * 15), scale: HPAScale(replicas: replicas), sample: .uniform(1000, ready: replicas))
      replicas = sync.replicas
      path.append(replicas)
    }
    #expect(path == [2, 4, 8, 16, 32])
  }

  @Test("holds for five minutes before scaling in, and says until when") func holdsBeforeScalingIn() throws {
    var hpa = HPAController(try concurrency("4"))
    _ = hpa.sync(at: time(0), scale: HPAScale(replicas: 10), sample: .value(40_000))
    for second in stride(from: 15.0, to: 300, by: 15) {
      let sync = hpa.sync(at: time(second), scale: HPAScale(replicas: 10), sample: .value(8000))
      #expect(sync.replicas == 10)
      #expect(sync.because.rule == .hpaHeldByScaleDownWindow)
      #expect(sync.because.limit == 300 - second)
    }
    // An entry exactly one window old is out.
    #expect(hpa.sync(at: time(300), scale: HPAScale(replicas: 10), sample: .value(8000)).replicas == 2)
  }

  @Test("without behavior an entry exactly one window old still holds") func windowEdgeWithoutBehavior() throws {
    var spec = try concurrency("4")
    spec.behavior = nil
    var hpa = HPAController(spec)
    _ = hpa.sync(at: time(0), scale: HPAScale(replicas: 10), sample: .value(40_000))
    #expect(hpa.sync(at: time(300), scale: HPAScale(replicas: 10), sample: .value(8000)).replicas == 10)
    #expect(hpa.sync(at: time(300.001), scale: HPAScale(replicas: 10), sample: .value(8000)).replicas == 2)
  }

  @Test("replicas outside their bounds jump back at once, without rate limits") func jumpsIntoBounds() throws {
    var hpa = HPAController(try concurrency("4", min: 3, max: 20))
    #expect(hpa.sync(at: time(0), scale: HPAScale(replicas: 100), sample: .value(0)).replicas == 20)
    let low = hpa.sync(at: time(15), scale: HPAScale(replicas: 1), sample: .value(0))
    #expect(low.replicas == 3 && low.proposal == .notComputed && low.able == .succeededRescale)
  }

  @Test("somebody's zero switches the autoscaler off") func zeroIsOff() throws {
    var hpa = HPAController(try concurrency("4", min: 3))
    let sync = hpa.sync(at: time(0), scale: HPAScale(replicas: 0), sample: .value(90_000))
    #expect(sync.replicas == 0 && sync.because.rule == .hpaDisabledAtZero)
  }

  @Test("from 1.37 on, only what the autoscaler put to sleep wakes up again") func wakesWhatItPutToSleep() throws {
    var settings = HPASettings()
    settings.wakesOnlyWhatItPutToSleep = true
    settings.downscaleStabilization = .zero
    var hpa = HPAController(try concurrency("4", min: 0), settings: settings)
    #expect(hpa.sync(at: time(0), scale: HPAScale(replicas: 0), sample: .value(8000)).replicas == 0)
    #expect(hpa.sync(at: time(15), scale: HPAScale(replicas: 2), sample: .value(0)).replicas == 0)
    #expect(hpa.sync(at: time(30), scale: HPAScale(replicas: 0), sample: .value(8000)).replicas == 2)
  }

  @Test("one failed metric stops a scale-down, not a scale-up") func partialFailure() throws {
    let goal = HPAMetric.Goal.averageValue(try quantity("4"))
    let metrics = [HPAMetric(.external(metric: "a"), goal: goal), HPAMetric(.external(metric: "b"), goal: goal)]
    var hpa = HPAController(HPASpec(maxReplicas: 50, metrics: metrics, behavior: HPABehavior()))
    let down = hpa.sync(at: time(0), scale: HPAScale(replicas: 10), samples: [.failed, .value(8000)])
    #expect(down.replicas == 10 && down.proposal == .failed)
    #expect(hpa.sync(at: time(15), scale: HPAScale(replicas: 10), samples: [.failed, .value(60_000)]).replicas == 15)
  }

  // kubernetes/kubernetes #130130
  @Test("a Value metric with every pod unready asks for none and falls to the minimum") func allUnready() throws {
    let metric = HPAMetric(.external(metric: "load"), goal: .value(try quantity("10")))
    var settings = HPASettings()
    settings.downscaleStabilization = .zero
    var hpa = HPAController(HPASpec(minReplicas: 2, maxReplicas: 50, metrics: [metric]), settings: settings)
    _ = hpa.sync(at: time(0), scale: HPAScale(replicas: 30), sample: .value(10_000))
    let sync = hpa.sync(at: time(15), scale: HPAScale(replicas: 30, ready: 0), sample: .value(90_000))
    #expect(sync.replicas == 2 && sync.proposal == .replicas(0))
  }

  @Test("an increase is forgotten by a long scale-down period once its slot is reused") func slotsAreReused() throws {
    // Both directions read both lists, but a list is kept only for its own direction's longest period.
    var spec = try concurrency("1", max: 1000)
    spec.behavior = HPABehavior(
      scaleUp: .init(policies: [.init(.pods, 10, periodSeconds: 15)], windowSeconds: 0),
      scaleDown: .init(policies: [.init(.pods, 1, periodSeconds: 1800)], windowSeconds: 0))
    var hpa = HPAController(spec)
    var replicas = 10
    for (second, load) in [(0.0, 20), (16, 30), (32, 5)] {
      let sync = hpa.sync(
        at: time(second), scale: HPAScale(replicas: replicas), sample: .value(Int64(load * 1000)))
      replicas = sync.replicas
    }
    // Two increases of ten, of which the second took the first one's slot: the period starts at 30 - 10 = 20.
    #expect(replicas == 19)
  }
}
