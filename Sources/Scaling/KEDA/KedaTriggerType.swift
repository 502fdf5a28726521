/// What is known of a KEDA trigger type: which keys of its metadata hold its target, its activation and its name.
struct KedaTriggerType: Sendable {
  let name: String
  /// The key of the target for each replica, and its default; nil where it must be given.
  let threshold: String
  let standard: String?
  let activation: String
  /// The key that names what is read.
  let subject: String
  /// Whether it counts what waits.
  let countsQueue: Bool

  private init(
    _ name: String, _ threshold: String, _ standard: String?, _ activation: String, _ subject: String,
    queue countsQueue: Bool = true
  ) {
    self.name = name
    self.threshold = threshold
    self.standard = standard
    self.activation = activation
    self.subject = subject
    self.countsQueue = countsQueue
  }

  /// Keys and defaults: keda.sh, the pages of the scalers (2.18).
  static let all: [KedaTriggerType] = [
    KedaTriggerType("prometheus", "threshold", nil, "activationThreshold", "query", queue: false),
    KedaTriggerType("kafka", "lagThreshold", "10", "activationLagThreshold", "topic"),
    KedaTriggerType("rabbitmq", "value", nil, "activationValue", "queueName"),
    KedaTriggerType("aws-sqs-queue", "queueLength", "5", "activationQueueLength", "queueURL"),
    KedaTriggerType("azure-servicebus", "messageCount", "5", "activationMessageCount", "queueName"),
    KedaTriggerType("gcp-pubsub", "value", "10", "activationValue", "subscriptionName"),
    KedaTriggerType("redis", "listLength", "5", "activationListLength", "listName"),
    KedaTriggerType("redis-streams", "pendingEntriesCount", "5", "activationLagCount", "stream"),
    KedaTriggerType("nats-jetstream", "lagThreshold", "10", "activationLagThreshold", "stream"),
    KedaTriggerType("metrics-api", "targetValue", nil, "activationTargetValue", "valueLocation", queue: false),
    KedaTriggerType("datadog", "queryValue", nil, "activationQueryValue", "query", queue: false),
    KedaTriggerType("external", "threshold", nil, "activationThreshold", "metricName", queue: false),
  ]
  /// The scalers of KEDA whose metadata is not known key by key (keda.sh, the list of scalers of 2.18): what their target is
  /// is told by the usual words.
  static let others: Set<String> = [
    "activemq", "apache-kafka", "arangodb", "artemis-queue", "aws-cloudwatch", "aws-dynamodb", "aws-dynamodb-streams",
    "aws-kinesis-stream", "azure-app-insights", "azure-blob", "azure-data-explorer", "azure-eventhub",
    "azure-log-analytics", "azure-monitor", "azure-pipelines", "azure-queue", "beanstalkd", "cassandra", "couchdb",
    "dynatrace", "elasticsearch", "etcd", "external-push", "gcp-cloudtasks", "gcp-stackdriver", "gcp-storage",
    "github-runner", "graphite", "huawei-cloudeye", "ibmmq", "influxdb", "kubernetes-workload", "liiklus", "loki",
    "mongodb", "mssql", "mysql", "new-relic", "nsq", "openstack-metric", "openstack-swift", "postgresql", "predictkube",
    "pulsar", "redis-cluster", "redis-cluster-streams", "redis-sentinel", "redis-sentinel-streams", "selenium-grid",
    "solace-event-queue", "solarwinds", "solr", "splunk", "splunk-observability", "stan", "sumologic", "temporal",
  ]

  /// The key of a target by the words that scalers use, the likeliest first.
  static let usualTargets = [
    "threshold", "targetValue", "targetQueryValue", "targetMetricValue", "queryValue", "value", "lagThreshold",
    "queueLength", "queueDepth", "messageCount", "listLength", "msgBacklogThreshold", "unprocessedEventThreshold",
    "blobCount", "shardCount", "messageCountTarget", "targetQueueSize", "targetPipelinesQueueLength",
    "targetWorkflowQueueLength", "depthThreshold", "pendingEntriesCount", "targetExecutorValue", "nodeCount",
  ]
  static func named(_ name: String) -> KedaTriggerType? { all.first { $0.name == name } }
}
