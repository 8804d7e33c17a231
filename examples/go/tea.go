package main

import (
	"encoding/json"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

// teaCore is github.com/alibabacloud-go/darabonba-openapi, which signs by ACS3-HMAC-SHA256.
type teaCore struct{ *openapi.Client }

func newTea(key, secret string) (client, error) {
	core, err := openapi.NewClient(&openapi.Config{
		AccessKeyId: &key, AccessKeySecret: &secret, Endpoint: &endpoint.host, Protocol: &endpoint.scheme,
	})
	return &teaCore{core}, err
}

func (c *teaCore) call(params *openapi.Params, body any) ([]byte, error) {
	params.Protocol, params.Method, params.AuthType, params.BodyType =
		&endpoint.scheme, tea.String("POST"), tea.String("AK"), tea.String("json")
	runtime := &dara.RuntimeOptions{ReadTimeout: tea.Int(10_000)}
	answer, err := c.CallApi(params, &openapi.OpenApiRequest{Body: body}, runtime)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer["body"])
}

func (c *teaCore) compare(one, another string) (float64, map[string]string, error) {
	answer, err := c.call(&openapi.Params{
		Action: tea.String("CompareFaces"), Version: tea.String("2019-03-07"), Style: tea.String("RPC"),
		Pathname: tea.String("/"), ReqBodyType: tea.String("formData"),
	}, map[string]any{
		"SourceImageType": "FacePic", "SourceImageValue": inline(one),
		"TargetImageType": "FacePic", "TargetImageValue": inline(another),
	})
	if err != nil {
		return 0, nil, err
	}
	var compared struct {
		Data struct {
			SimilarityScore      float64
			ConfidenceThresholds string
		}
	}
	if err := json.Unmarshal(answer, &compared); err != nil {
		return 0, nil, err
	}
	var thresholds map[string]string
	err = json.Unmarshal([]byte(compared.Data.ConfidenceThresholds), &thresholds)
	return compared.Data.SimilarityScore, thresholds, err
}

func (c *teaCore) green(action, path string, body map[string]any, data any) error {
	answer, err := c.call(&openapi.Params{
		Action: &action, Version: tea.String("2018-05-09"), Style: tea.String("ROA"), Pathname: &path,
		ReqBodyType: tea.String("json"),
	}, body)
	if err != nil {
		return err
	}
	return told(answer, data)
}

func (c *teaCore) code(err error) string {
	switch refused := err.(type) {
	case *tea.SDKError:
		return tea.StringValue(refused.Code)
	case *dara.SDKError:
		return tea.StringValue(refused.Code)
	}
	return err.Error()
}
