import Documents
import Quantities
import Testing

@testable import Training

@Suite("ClusterState")
struct ClusterStateTests {
  private static let sacct = """
    JobID|State|Submit|Start|End|NNodes|Timelimit
    1|COMPLETED|2026-11-01T00:00:00|2026-11-01T01:00:00|2026-11-01T11:00:00|4|1-00:00:00
    1.batch|COMPLETED|2026-11-01T00:00:00|2026-11-01T01:00:00|2026-11-01T11:00:00|1|
    2|CANCELLED by 7|2026-11-02T00:00:00|2026-11-02T00:00:00|2026-11-02T02:00:00|8|12:00:00
    3|RUNNING|2026-11-09T00:00:00|2026-11-09T20:00:00|Unknown|6|20:00:00
    4|PENDING|2026-11-09T23:00:00|Unknown|Unknown|4|UNLIMITED
    """
  private static let sinfo = "6|alloc|gpu*\n2|idle|gpu*\n1|drain*|gpu*\n4|idle|cpu\n"

  private static func state() throws -> ClusterState {
    let now = try #require(Timestamp(iso8601: "2026-11-10T00:00:00Z"))
    return try ClusterState(sacct: sacct, sinfo: sinfo, partition: "gpu", now: now)
  }

  @Test func `Slurm's tables are read: steps left out, drained machines too`() throws {
    let state = try Self.state()
    #expect(state.machines == 8)
    #expect(state.running.map { $0.id } == ["3"])
    #expect(state.waiting.map { $0.id } == ["4"])
    #expect(state.history.map { $0.hours } == [10, 2])
    #expect(state.running[0].limit == 20)
    #expect(state.waiting[0].limit == nil)
  }

  @Test(arguments: [("1-12:00:00", 36.0), ("36:00:00", 36), ("30:00", 0.5), ("90", 1.5), ("2-00", 48)])
  func `Slurm's spans`(text: String, hours: Double) {
    #expect(ClusterState.span(text) == hours)
  }

  @Test func `a job that fits nowhere is told so`() throws {
    var state = try Self.state()
    #expect(state.neverFits(machines: 9, inOneBlock: false) != nil)
    state.blocks = [4, 4]
    #expect(state.neverFits(machines: 8, inOneBlock: false) == nil)
    #expect(state.neverFits(machines: 8, inOneBlock: true) != nil)
  }

  @Test func `tables without their columns are refused with the command`() throws {
    let now = try #require(Timestamp(iso8601: "2026-11-10T00:00:00Z"))
    #expect(throws: TrainingError.self) { try ClusterState(sacct: "JobID|State\n", sinfo: "1|idle|gpu", now: now) }
    #expect(throws: TrainingError.self) { try ClusterState(sacct: "", sinfo: "1|idle|gpu", now: now) }
    #expect(throws: TrainingError.self) { try ClusterState(sacct: Self.sacct, sinfo: "idle", now: now) }
  }
}

@Suite("QueueSimulation")
struct QueueSimulationTests {
  @Test func `an empty cluster starts a job at once`() {
    let promise = QueueSimulation(ClusterState(machines: 8)).promise(machines: 8, hours: 10, futures: 5)
    #expect(promise.start90 == 0)
    #expect(promise.endMedian == 10)
  }

  @Test func `a job waits for the end of what runs, by its limit where nothing else is known`() {
    let running = ClusterJob(id: "1", machines: 8, submitted: -4, started: -4, limit: 10)
    let state = ClusterState(machines: 8, running: [running])
    let promise = QueueSimulation(state).promise(machines: 4, hours: 1, futures: 5)
    #expect(promise.startMedian == 6)
  }

  @Test func `a short job is filled in where it delays nobody`() {
    // Two machines are free until the head of the queue can have all eight, in six hours.
    let running = ClusterJob(id: "1", machines: 6, submitted: -4, started: -4, limit: 10)
    let head = ClusterJob(id: "2", machines: 8, submitted: -1, limit: 5)
    let state = ClusterState(machines: 8, running: [running], waiting: [head])
    #expect(QueueSimulation(state).promise(machines: 2, hours: 3, futures: 5).start90 == 0)
    #expect(QueueSimulation(state).promise(machines: 2, hours: 9, futures: 5).startMedian > 6)
  }

  @Test func `a reservation shortens the wait, and the smallest that holds is found`() throws {
    let running = ClusterJob(id: "1", machines: 8, submitted: -1, started: -1, limit: 100)
    let state = ClusterState(machines: 8, running: [running])
    let simulation = QueueSimulation(state)
    let reserved = try #require(simulation.reservation(machines: 4, hours: 10, wait90: 1, futures: 5))
    #expect(reserved == 4)
    #expect(simulation.promise(machines: 4, hours: 10, reserved: reserved, futures: 5).start90 <= 1)
    #expect(simulation.promise(machines: 4, hours: 10, reserved: reserved - 1, futures: 5).start90 > 1)
  }
}

@Suite("KueueQuota")
struct KueueQuotaTests {
  private static let queue = """
    apiVersion: kueue.x-k8s.io/v1beta1
    kind: ClusterQueue
    metadata: { name: research }
    spec:
      cohort: all
      resourceGroups:
        - coveredResources: [cpu, nvidia.com/gpu]
          flavors:
            - name: h100
              resources:
                - { name: cpu, nominalQuota: 900 }
                - { name: nvidia.com/gpu, nominalQuota: 64, borrowingLimit: 32 }
    status:
      pendingWorkloads: 3
      flavorsReservation:
        - name: h100
          resources: [ { name: nvidia.com/gpu, total: 40 } ]
    """

  @Test func `quota, borrowing and use are read`() throws {
    let quota = try KueueQuota(YAML.parse(Self.queue))
    #expect(quota.nominal == 64 && quota.borrowing == 32 && quota.used == 40 && quota.pending == 3)
    #expect(quota.most == 96)
    #expect(quota.resource == "nvidia.com/gpu")
  }

  @Test func `what is no queue is refused`() throws {
    #expect(throws: TrainingError.self) { try KueueQuota(YAML.parse("kind: Pod")) }
    #expect(throws: TrainingError.self) { try KueueQuota(YAML.parse(Self.queue), resource: "google.com/tpu") }
  }
}

@Suite("ClusterSchedule")
struct ClusterScheduleTests {
  @Test func `higher priority goes first and takes machines from what can stop`() {
    let schedule = ClusterSchedule(
      machines: [10],
      jobs: [
        CalendarJob(name: "low", machines: 8, days: 10, isPreemptible: true, restartDays: 0),
        CalendarJob(name: "high", machines: 6, days: 2, from: 3, priority: 1),
      ])
    let result = schedule.run(days: 30, step: 0.5)
    let low = result.placed[0]
    #expect(low.preemptions == 1 && low.preemptedBy == ["high"])
    #expect(abs((low.end ?? 0) - 12) < 0.51)
    #expect(abs((result.placed[1].end ?? 0) - 5) < 0.51)
    // Together they would need 14.
    #expect(result.fullDays > 1.9)
  }

  @Test func `what comes too late is told with the machines that would do`() {
    let schedule = ClusterSchedule(
      machines: [4],
      jobs: [CalendarJob(name: "a", machines: 4, days: 10), CalendarJob(name: "b", machines: 4, days: 5, due: 7)])
    let result = schedule.run(days: 60, step: 0.25)
    #expect(result.placed[1].isLate)
    #expect(result.toBuy == 4)
  }

  @Test func `an empty calendar and jobs that never fit do not trap`() {
    #expect(ClusterSchedule(machines: [], jobs: []).run().placed.isEmpty)
    let result = ClusterSchedule(machines: [1], jobs: [CalendarJob(name: "a", machines: 5, days: 1)]).run(days: 10)
    #expect(result.placed[0].end == nil)
  }
}

@Suite("RolloutPlan")
struct RolloutPlanTests {
  @Test func `the split lets neither side wait long`() throws {
    let plan = RolloutPlan(
      answers: 512, tokensPerAnswer: 4000, generating: .perSecond(2500), learning: .perSecond(8000), reload: .seconds(0)
    )
    // 8000 / 2500 x 1.3 generators a learner.
    #expect(abs(plan.ratio - 4.16) < 1e-9)
    let step = try #require(plan.split(of: 128))
    #expect(step.generators + step.learners == 128)
    #expect(abs(Double(step.generators) / Double(step.learners) - plan.ratio) < 1.5)
    #expect(plan.split(of: 8) == nil)
  }
}
