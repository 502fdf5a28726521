import Documents
import Quantities
import Terminal
import Training

struct TrainQueueVerb: Verb {
  static let info = VerbInfo(
    "queue", "when would this job start and end on our batch cluster?",
    discussion: """
      Plays the cluster's queue forward many times: first come, first served with backfill, lengths and arrivals drawn from \
      what sacct shows. Tells when the job would start and end (median and 90 %), whether it would ever fit, and with \
      --wait how many machines to reserve so that 90 % of futures wait no longer.

      The tables are those of 'sacct -a -P -o JobID,State,Submit,Start,End,NNodes,Timelimit' and \
      'sinfo -h -o "%D|%t|%P"'. --kueue takes a ClusterQueue in YAML and tells whether its quota would ever admit the job.
      """,
    examples: [
      Example(
        "headroom train queue --sacct jobs.txt --sinfo nodes.txt --machines 16 --hours 72", "when would it start?"),
      Example(
        "headroom train queue --sacct jobs.txt --sinfo nodes.txt --machines 16 --hours 72 --wait 4h",
        "how many to reserve so that it starts within four hours?"),
      Example("headroom train queue --kueue queue.yaml --accelerators 64", "would this queue ever admit it?"),
    ], seeAlso: ["train"], section: "Plan")

  let common: SharedOptions
  let sacct: String?
  let sinfo: String?
  let kueue: String?
  let partition: String?
  let block: Int?
  let machines: Int
  let accelerators: Int?
  let hours: Double
  let wait: Duration?

  init(_ a: inout Arguments) throws(UsageError) {
    sacct = try a.option("sacct", value: "FILE", help: "the jobs of the cluster", completion: .files([]))
    sinfo = try a.option("sinfo", value: "FILE", help: "its machines and their states", completion: .files([]))
    kueue = try a.option("kueue", value: "FILE", help: "a ClusterQueue in YAML", completion: .files(["yaml", "yml"]))
    partition = try a.option("partition", value: "NAME", help: "count only its machines")
    block = try a.option(
      "block", value: "N", help: "machines that are joined closely: the job must lie in one such block")
    machines = try a.option("machines", value: "N", default: 1, help: "machines of the job")
    accelerators = try a.option("accelerators", value: "N", help: "accelerators of the job, for --kueue")
    hours = try a.option("hours", value: "N", default: 24, help: "how long it runs")
    let wait: SpanArgument? = try a.option("wait", value: "TIME", help: "the longest wait in 90 % of futures")
    self.wait = wait?.span
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1, now: true)
    let isNamed = (sacct != nil && sinfo != nil) || kueue != nil
    a.check(isNamed, "No queue is named. Write --sacct FILE --sinfo FILE, or --kueue FILE.")
    let isPositive = machines >= 1 && hours > 0 && hours.isFinite
    a.check(isPositive, "Machines and hours must be above zero.")
  }

  func run() throws -> ExitCode {
    if let kueue { return try answer(KueueQuota(YAML.parse(Input.read(path: kueue), file: kueue))) }
    guard let sacct, let sinfo else { return .usage }
    let now = try Clock.moment(common).now
    var state = try ClusterState(
      sacct: String(decoding: Input.read(path: sacct), as: UTF8.self),
      sinfo: String(decoding: Input.read(path: sinfo), as: UTF8.self), partition: partition, now: now)
    if let block { state.blocks = [block] }
    if let never = state.neverFits(machines: machines, inOneBlock: block != nil) {
      common.console.print("It would never start: \(never.description).")
      return .objectiveMissed
    }
    let simulation = QueueSimulation(state)
    let promise = simulation.promise(machines: machines, hours: hours, seed: common.seed)
    var reservation: Int??
    if let wait {
      reservation = .some(
        simulation.reservation(machines: machines, hours: hours, wait90: wait.hours, seed: common.seed))
    }
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      json.object { json in
        json.key("schema")
        json.string("headroom/train-queue/1")
        for (key, value) in [
          ("start_hours_p50", promise.startMedian), ("start_hours_p90", promise.start90),
          ("end_hours_p50", promise.endMedian), ("end_hours_p90", promise.end90),
          ("started_share", promise.startedShare),
        ] {
          json.key(key)
          json.number(value)
        }
        if let reservation {
          json.key("reserve")
          if let machines = reservation { json.integer(machines) } else { json.null() }
        }
      }
      common.console.print(json.text)
      return .done
    }
    func span(_ hours: Double) -> String {
      hours.isFinite ? NumberFormat.duration(.seconds((hours * 3600).rounded())) : "more than two weeks"
    }
    common.console.print(
      "\(machines) of \(state.machines) machines for \(span(hours)): starts in \(span(promise.startMedian)) in half of the futures, "
        + "in \(span(promise.start90)) in 90 %; ends in \(span(promise.endMedian)) and \(span(promise.end90)).")
    common.console.print(
      "\(state.running.count) jobs run, \(state.waiting.count) wait, \(state.history.count) ended ones tell lengths and arrivals."
    )
    if let reservation, let wait {
      common.console.print(
        reservation.map { "Reserve \($0) machines, and 90 % of futures wait at most \(NumberFormat.duration(wait))." }
          ?? "No reservation of at most \(machines) machines holds \(NumberFormat.duration(wait)).")
    }
    return .done
  }

  private func answer(_ quota: KueueQuota) throws -> ExitCode {
    let wanted = accelerators ?? machines * 8
    let free = quota.nominal - quota.used
    var sentences = [
      "\(quota.queue) has \(quota.nominal) \(quota.resource) of its own, \(quota.used) in use, \(quota.pending) workloads wait."
    ]
    if let most = quota.most, wanted > most {
      sentences.append(
        "\(wanted) would never be admitted: \(most) are the most. Ask for at most \(most), or raise nominalQuota.")
    } else if wanted > quota.nominal {
      sentences.append(
        "\(wanted) need \(wanted - quota.nominal) borrowed from the cohort \(quota.cohort ?? ""): it may be preempted.")
    } else if wanted > free {
      sentences.append("\(wanted) wait until \(wanted - free) more are free.")
    } else {
      sentences.append("\(wanted) are admitted now, if the workloads before them are.")
    }
    for sentence in sentences { common.console.print(sentence) }
    if let most = quota.most, wanted > most { return .objectiveMissed }
    return .done
  }
}
