package main

import (
	"encoding/json"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cloudauth"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/green"
)

// classic is github.com/aliyun/alibaba-cloud-sdk-go.
type classic struct {
	cloudauth *cloudauth.Client
	scans     *green.Client
}

func newClassic(key, secret string) (client, error) {
	compares, err := cloudauth.NewClientWithAccessKey("cn-hangzhou", key, secret)
	if err != nil {
		return nil, err
	}
	scans, err := green.NewClientWithAccessKey("cn-shanghai", key, secret)
	if err != nil {
		return nil, err
	}
	compares.SetReadTimeout(10 * time.Second)
	scans.SetReadTimeout(10 * time.Second)
	return &classic{compares, scans}, nil
}

func (c *classic) compare(one, another string) (float64, map[string]string, error) {
	request := cloudauth.CreateCompareFacesRequest()
	request.Scheme, request.Domain = endpoint.scheme, endpoint.host
	request.SourceImageType, request.SourceImageValue = "FacePic", inline(one)
	request.TargetImageType, request.TargetImageValue = "FacePic", inline(another)
	response, err := c.cloudauth.CompareFaces(request)
	if err != nil {
		return 0, nil, err
	}
	var thresholds map[string]string
	err = json.Unmarshal([]byte(response.Data.ConfidenceThresholds), &thresholds)
	return response.Data.SimilarityScore, thresholds, err
}

func (c *classic) green(action, path string, body map[string]any, data any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	// Each action has a request of its own as well, as green.CreateAddPersonRequest(), with the same SetContent.
	request := requests.NewCommonRequest()
	request.Scheme, request.Domain = endpoint.scheme, endpoint.host
	request.Product, request.Version, request.ApiName = "Green", "2018-05-09", action
	request.Method, request.PathPattern = "POST", path
	request.SetContent(content)
	request.SetContentType("application/json")
	response, err := c.scans.ProcessCommonRequest(request)
	if err != nil {
		return err
	}
	return told(response.GetHttpContentBytes(), data)
}

func (c *classic) code(err error) string {
	if refused, ok := err.(*errors.ServerError); ok {
		return refused.ErrorCode()
	}
	return err.Error()
}
