"""The operations of the RPC dialect (Cloudauth), by action."""

from openapi.operation import IMAGE, Operation
from openapi.schemas import array, number, record, ref, text, whole
from visage.api.payloads import detect_face
from visage.errors import Reason

_TOKEN = {
    "EndPoint": text("S3's endpoint."), "Region": text(),
    **{f"{kind}Path": text("Folder for images with this purpose.") for kind in ("Enrol", "Scan")},
}  # fmt: skip
_FORM = record({"Url": text(), "Fields": {"type": "object", "additionalProperties": {"type": "string"}}}, None,
               "A form for browsers: these fields, then the file as `file`.")  # fmt: skip
_STS = ("AccessKeyId", "AccessKeySecret", "Token", "Expiration", "BucketName", "Path")
_UNUSED = {"Biz": text(), "BizType": text(), "TicketId": text()}

_MATERIAL = record({
    "FaceRect": record({name: whole() for name in ("Left", "Top", "Width", "Height")}),
    "FaceAttributes": record({
        "Glasses": text(enum=["None", "Wear", "Sunglass"]),
        "Facequal": number(minimum=0, maximum=100),
        "Integrity": number(minimum=0, maximum=100),
        "Facetype": text(enum=["None", "Face", "Profile"]),
        "Respirator": text(enum=["Wear", "None"]),
        "Blur": number(minimum=0),
        "Smiling": record({"Value": number(minimum=0, maximum=100), "Threshold": number()}),
        "Headpose": record({name: number() for name in ("PitchAngle", "RollAngle", "YawAngle")}),
    }),
})  # fmt: skip

RPC: dict[str, Operation] = {
    "CompareFaces": Operation(
        "Compare", "Compare the largest faces of two images",
        "At least one image must be a `FacePic`. An image has at most 2 MB.",
        record({
            f"{side}{kind}": schema
            for side in ("Source", "Target")
            for kind, schema in (("ImageType", ref("ImageType")), ("ImageValue", ref("ImageAddress")))
        }),
        record({
            "SimilarityScore": ref("Rate100"),
            "ConfidenceThresholds": text(
                "A JSON object: false match rates → threshold scores, both as text.",
                examples=['{"0.0001":"90.07","0.001":"80.01","0.01":"70.02"}'],
            ),
        }),
        (
            *(*IMAGE, Reason.IMAGE_TYPE_EMPTY, Reason.IMAGE_TYPE_INVALID, Reason.FACE_PICTURE_REQUIRED),
            *(Reason.PARAMETER_EMPTY, Reason.NO_FACE, Reason.COMPARE_FAILED),
        ),
    ),
    "DetectFaceAttributes": Operation(
        "Attributes", "Describe the faces of an image", f"At most {detect_face.MOST_MATERIAL_FACES} faces.",
        record({"MaterialValue": ref("ImageAddress"), "BizType": text()}, ("MaterialValue",)),
        record({
            "ImgWidth": whole(minimum=1), "ImgHeight": whole(minimum=1),
            "FaceInfos": record({
                "FaceAttributesDetectInfo": array(_MATERIAL, maxItems=detect_face.MOST_MATERIAL_FACES)
            }),
        }),
        (*IMAGE, Reason.PARAMETER_EMPTY),
    ),
    "DescribeOssUploadToken": Operation(
        "Uploads", "Get credentials to upload images", "", record({}),
        record({
            "OssUploadToken": record(
                {name: text() for name in ("Key", "Secret", "Token", "Bucket", "Path")}
                | {"Expired": whole("Milliseconds since 1970.")} | _TOKEN,
                ("Key", "Secret", "Token", "Bucket", "Path", "Expired", "EndPoint", "Region"),
            ),
            "Form": _FORM,
        }),
    ),
    "GetVerifyToken": Operation(
        "Uploads", "Get credentials to upload images, in the format of older SDKs", "", record(_UNUSED, ()),
        record({
            "StsToken": record(
                {name: text() for name in _STS} | _TOKEN, (*_STS, "EndPoint", "Region")
            )
        }),
    ),
    "DescribeUploadInfo": Operation(
        "Uploads", "Get a form for uploads from a browser", "", record(_UNUSED, ()),
        record({
            **{name: text() for name in ("Accessid", "Policy", "Signature", "Host", "Folder")},
            "Expire": whole("Seconds since 1970."), "Form": _FORM,
        }),
    ),
}  # fmt: skip
