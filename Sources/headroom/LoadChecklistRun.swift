import Connecting
import Documents
import Planning
import Reporting
import Storing
import Terminal

/// `headroom load --checklist`: which tests a plan's record has, and the command for each that it lacks.
enum LoadChecklistRun {
  static func run(planFile: String, store: String?, _ common: SharedOptions) throws -> ExitCode {
    let loaded = try LoadedPlan(file: planFile, common: common, catalogFile: nil)
    var tests: [LoadChecklist.Test] = []
    for path in loaded.measured {
      if let test = LoadChecklist.Test(name: path, result: try Input.read(path: path)) { tests.append(test) }
    }
    if let store {
      let runs = try Store(path: store, access: .readOnly).runs(of: loaded.plan.name)
      for run in runs.reversed() {
        let date = run.saved.utc.date
        if let test = LoadChecklist.Test(name: "run \(run.id) of \(date)", result: Array(run.result.utf8)) {
          tests.append(test)
        }
      }
    }
    let list = LoadChecklist(
      plan: loaded.plan, planFile: planFile, tests: tests, store: store,
      replicaPeak: loaded.plan.service.capacity.ofOne.mid)
    let console = common.console
    let name = loaded.plan.name
    switch common.format {
    case .json: console.print(list.json(plan: name, tests: tests.count))
    case .markdown: console.write(list.markdown(plan: name))
    default:
      console.write(list.terminal(plan: name, tests: tests.count, hasStore: store != nil, style: console.style))
    }
    return list.isComplete ? .done : .objectiveMissed
  }
}
