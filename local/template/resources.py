"""Which properties of each resource type the local stack supports. A type or property in neither list is an error."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Support:
    """Properties of one resource type: those supported, and those without meaning on one machine."""

    honoured: frozenset[str]
    meaningless: frozenset[str]


def _support(honoured: str, meaningless: str = "") -> Support:
    return Support(frozenset(honoured.split()), frozenset(meaningless.split()))


RESOURCES = {
    "AWS::Serverless::Function": _support(
        "CodeUri Environment EventInvokeConfig Events FunctionName Handler Layers MemorySize"
        " ReservedConcurrentExecutions Timeout",
        # one interpreter and one user run everything; a process can use the whole disk
        "Architectures AutoPublishAlias AutoPublishAliasAllProperties DeploymentPreference Description"
        " EphemeralStorage LoggingConfig PermissionsBoundary Policies"
        " ProvisionedConcurrencyConfig Role Runtime RuntimeManagementConfig SnapStart Tags Tracing VpcConfig",
    ),
    "AWS::Serverless::LayerVersion": _support(
        "ContentUri", "CompatibleArchitectures CompatibleRuntimes Description LayerName LicenseInfo RetentionPolicy"
    ),
    "AWS::Serverless::Api": _support(
        "BinaryMediaTypes GatewayResponses MethodSettings StageName Variables",
        # the runner is the front door as well
        "AccessLogSetting AlwaysDeploy Description DisableExecuteApiEndpoint Domain EndpointConfiguration"
        " Name OpenApiVersion SecurityPolicy Tags TracingEnabled",
    ),
    "AWS::ApiGateway::GatewayResponse": _support(
        "ResponseParameters ResponseTemplates ResponseType RestApiId StatusCode"
    ),
    "AWS::DynamoDB::Table": _support(
        "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes ProvisionedThroughput"
        " StreamSpecification TableName TimeToLiveSpecification",
        "ContributorInsightsSpecification DeletionProtectionEnabled OnDemandThroughput PointInTimeRecoverySpecification"
        " SSESpecification TableClass Tags",
    ),
    "AWS::S3::Bucket": _support(
        "BucketName",
        # moto allows every origin; nothing lives long enough here to expire
        "BucketEncryption CorsConfiguration LifecycleConfiguration LoggingConfiguration OwnershipControls"
        " PublicAccessBlockConfiguration Tags",
    ),
    "AWS::S3Vectors::VectorBucket": _support("VectorBucketName", "EncryptionConfiguration Tags"),
    "AWS::SQS::Queue": _support(
        "ContentBasedDeduplication DelaySeconds FifoQueue MaximumMessageSize MessageRetentionPeriod QueueName"
        " ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout",
        "KmsDataKeyReusePeriodSeconds KmsMasterKeyId RedriveAllowPolicy SqsManagedSseEnabled Tags",
    ),
}

EVENTS = {
    "Api": _support("Method Path RestApiId TimeoutInMillis"),
    "DynamoDB": _support(
        "BatchSize Enabled FilterCriteria FunctionResponseTypes MaximumRetryAttempts StartingPosition Stream",
        # batches are delivered at once, by one poller, and dropped whole
        "BisectBatchOnFunctionError MaximumBatchingWindowInSeconds ParallelizationFactor",
    ),
    "S3": _support("Bucket Events Filter"),
    "SQS": _support(
        "BatchSize Enabled FunctionResponseTypes Queue ScalingConfig", "MaximumBatchingWindowInSeconds"
    ),
    "Schedule": _support("Enabled Input Schedule", "Description Name State"),
}

METHOD_SETTING = _support(
    "HttpMethod ResourcePath ThrottlingBurstLimit ThrottlingRateLimit", "DataTraceEnabled LoggingLevel MetricsEnabled"
)
"""Properties of one entry of an API's `MethodSettings`."""

WITHOUT_LOCAL_MEANING = frozenset({
    # permissions: everything here runs as one user
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::CloudFormation::CustomResource",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::S3Vectors::VectorBucketPolicy",
    "AWS::SQS::QueuePolicy",
    # monitoring
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    # what is in front of the REST API
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::Route53::RecordSet",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
    # encryption at rest
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
})

RESOURCE_ATTRIBUTES = frozenset({
    "Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"
})
SECTIONS = frozenset({
    "AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Mappings", "Metadata", "Outputs",
    "Parameters", "Resources", "Rules", "Transform",
})
